import { SyncError } from '../../src/protocol/errors.ts'
import type { Schema } from '../../src/protocol/schema.ts'
import { typeOrder } from '../core/order.ts'
import type { ServerStore } from '../core/store.ts'
import type { Db, Queryable } from './db.ts'
import { APP_ROLE, migrate, requireMigrated } from './migrations.ts'
import { TenantQueue } from './queue.ts'
import { sqlReadTx } from './read-tx.ts'
import { readTables, type TableConfig } from './registry.ts'
import { isUnavailable, isWorthAnotherTry } from './sqlstate.ts'
import { grantTables } from './tables.ts'
import { sqlWriteTx } from './write-tx.ts'

export interface SqlStoreOptions {
  db: Db
  schema: Schema
  /** Type → table of the app. */
  entities: Readonly<Record<string, TableConfig>>
  /** Names this history of the database in cursors; used once, when the database is new. Any random text. */
  epoch: string
  /** Brings the database up to date at boot; by default only where nobody else can have it open. */
  migrate?: boolean
}

/** A transaction that the database gave up runs again as a whole; a lost connection too: the ledger knows what came of it. */
const ATTEMPTS = 4

/** A writer that waits this long for its tenant answers 503, so that the pool is not eaten by one tenant. */
const LOCK_TIMEOUT = '5s'

const settings = `select set_config('role', '${APP_ROLE}', true), set_config('app.tenant', $1, true),
  set_config('lock_timeout', '${LOCK_TIMEOUT}', true), set_config('timezone', 'UTC', true)`

const again = async <T>(work: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt < ATTEMPTS && isWorthAnotherTry(error)) continue
      if (isUnavailable(error))
        throw new SyncError('TENANT_BUSY', 'the database is busy or away', {
          retryAfterMs: 2000,
          cause: error,
        })
      throw error
    }
  }
}

/**
 * Locks the tenant and reserves its next places in the feed, in one statement: the order of the numbers is the order of the
 * commits. The counter never falls behind the clock, so that a place in the feed is a time, too.
 */
const reserveSeq = async (
  tx: Queryable,
  tenantId: string,
  count: number,
  nowMicros: number | null,
): Promise<number> => {
  const clock = 'coalesce($3::bigint, (extract(epoch from statement_timestamp()) * 1000000)::bigint)'
  const [row] = await tx.query<{ first: number }>(
    `insert into sync.tenant as _t (tenant_id, seq) values ($1, ${clock} - 1 + $2::bigint)
     on conflict (tenant_id) do update set seq = greatest(_t.seq, ${clock} - 1) + $2::bigint
     returning _t.seq - $2::bigint + 1 as first`,
    [tenantId, count, nowMicros],
  )
  if (row === undefined) throw new SyncError('SERVER_ERROR', 'the counter of the tenant is not there')
  return row.first
}

/** Told at boot: a connection that cannot take on the role of requests would fail each of them. */
const requireRole = async (db: Db): Promise<void> => {
  const [found] = await db.query<{ name: string; ok: boolean }>(
    'select current_user::text as name, pg_has_role(current_user, $1, $2) as ok',
    [APP_ROLE, 'member'],
  )
  if (found?.ok !== true)
    throw new SyncError(
      'STORAGE_FAILED',
      `the database user ${found?.name} cannot take on the role of requests: grant ${APP_ROLE} to ${found?.name}`,
    )
}

/** The store on PostgreSQL or PGlite: tables of the app, and beside them the `sync` schema. */
export const createSqlStore = async (options: SqlStoreOptions): Promise<ServerStore<Queryable>> => {
  const { db, schema, entities } = options
  const mayChange = options.migrate ?? db.isEmbedded
  if (mayChange) await migrate(db, options.epoch)
  else await requireMigrated(db)
  const tables = await readTables(db, schema, entities)
  if (mayChange) await grantTables(db, entities)
  await requireRole(db)
  const order = typeOrder(schema)
  const queue = new TenantQueue()
  return {
    write: (tenantId, { reserve, nowMicros, beforeWrite }, work) =>
      queue.run(tenantId, () =>
        again(() =>
          db.tx(async (tx) => {
            await tx.query(settings, [tenantId])
            const firstSeq = await reserveSeq(tx, tenantId, reserve, nowMicros)
            return work(sqlWriteTx({ tx, tenantId, schema, tables, order, firstSeq, beforeWrite }))
          }),
        ),
      ),
    read: (tenantId, work) =>
      again(() =>
        db.tx(
          async (tx) => {
            await tx.query(settings, [tenantId])
            return work(sqlReadTx(tx, tenantId, schema, tables))
          },
          { isSnapshot: true },
        ),
      ),
    close: () => db.close(),
  }
}
