import { SyncError } from '../../src/protocol/errors.ts'
import type { ConflictsAnswer, ConflictsRequest, ServerConflict } from '../../src/protocol/messages.ts'
import { msOf } from './keys.ts'
import type { ConflictRow } from './store.ts'
import type { Caller, Server } from './upload.ts'

/** protocol.md, "GET /conflicts" */
const PAGE = 100

export const wireConflict = (row: ConflictRow): ServerConflict => ({
  conflictId: row.conflictId,
  operationId: row.operationId,
  clientId: row.clientId,
  userId: row.userId,
  by: row.by,
  entityType: row.entityType,
  entityId: row.entityId,
  conflictType: 'version',
  reason: row.reason,
  fields: row.fields,
  baseData: row.baseData,
  clientData: row.clientData,
  serverData: row.serverData,
  serverVersion: row.serverVersion,
  state: row.state,
  detectedAt: msOf(row.createdSeq),
  resolvedAt: row.resolvedSeq === null ? null : msOf(row.resolvedSeq),
  resolvedBy: row.resolvedBy,
})

/** The caller's own conflicts, oldest first. */
export const listConflicts = async <Hook>(
  server: Server<Hook>,
  caller: Caller,
  query: ConflictsRequest,
): Promise<ConflictsAnswer> => {
  const { state = 'open', entityType, after = 0 } = query
  if (entityType !== undefined && !Object.hasOwn(server.schema.types, entityType))
    throw new SyncError('INVALID_REQUEST', 'an entity type that this schema does not have', {
      path: 'entityType',
    })
  const types = (entityType === undefined ? Object.keys(server.schema.types) : [entityType]).filter(
    (name) => server.authorize?.(caller.identity, 'read', name) ?? true,
  )
  const { tenantId, userId } = caller.identity
  const rows = await server.store.read(tenantId, (tx) =>
    tx.conflictList({ userId, state, types, after, limit: PAGE + 1 }),
  )
  const page = rows.slice(0, PAGE)
  return {
    conflicts: page.map(wireConflict),
    next: rows.length > PAGE ? (page.at(-1)?.conflictId ?? null) : null,
  }
}
