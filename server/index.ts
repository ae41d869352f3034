/** The reference server: `(Request) => Promise<Response>` over your tables on PostgreSQL or PGlite. */

export { SyncError } from '../src/protocol/errors.ts'
export type { Schema, SchemaDefinition } from '../src/protocol/schema.ts'
export { defineSchema } from '../src/protocol/schema.ts'
export type {
  Action,
  Authorize,
  BeforeWrite,
  Complaint,
  Identity,
  PlannedWrite,
  ValidateRow,
} from './core/identity.ts'
export type { ServerStore } from './core/store.ts'
export type { HandlerOptions, Limits, SyncHandler } from './http/handler.ts'
export { BASE_PATH, createSyncHandler, defaultLimits } from './http/handler.ts'
export { problem } from './http/problem.ts'
export type { JwtOptions, Verify } from './http/verify.ts'
export { jwtVerifier } from './http/verify.ts'
export { type MemoryStoreOptions, memoryStore } from './memory/store.ts'
export type { Db, Queryable } from './sql/db.ts'
export { migrate } from './sql/migrations.ts'
export { pgliteDb, pgliteParsers } from './sql/pglite.ts'
export { postgresDb } from './sql/postgres.ts'
export type { TableConfig } from './sql/registry.ts'
export { createSqlStore, type SqlStoreOptions } from './sql/store.ts'
export { createTables, grantTables, tableStatements } from './sql/tables.ts'
