import { canonicalJson } from '../../src/core/canonical.ts'
import { SyncError } from '../../src/protocol/errors.ts'
import type {
  ClosedConflict,
  Deletion,
  DownloadAnswer,
  DownloadRequest,
  EntityRow,
  ResetReason,
} from '../../src/protocol/messages.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { MICROS, msOf } from './keys.ts'
import type { ConflictRow, FeedState, StoredRow } from './store.ts'
import type { Caller, Server } from './upload.ts'

/** protocol.md, "POST /download" */
export const DEFAULT_PAGE = 1000

/** Where a page begins. */
interface Start {
  after: number
  /** In a run from null: where the feed stood when it began. */
  began: number | null
}

const readableTypes = <Hook>(
  server: Server<Hook>,
  caller: Caller,
  asked: readonly string[] | undefined,
): string[] => {
  const wanted =
    asked === undefined || asked.length === 0 ? Object.keys(server.schema.types) : [...new Set(asked)]
  for (const name of wanted)
    if (!Object.hasOwn(server.schema.types, name))
      throw new SyncError('INVALID_REQUEST', 'an entity type that this schema does not have', {
        path: 'entityTypes',
      })
  return wanted.filter((name) => server.authorize?.(caller.identity, 'read', name) ?? true).sort()
}

const viewOf = <Hook>(server: Server<Hook>, caller: Caller, types: string[]): string => {
  const { tenantId, roles } = caller.identity
  // 22 hex digits: 88 bits are far more than a mistake can meet; a forged view harms nobody but its owner.
  return server.hash(canonicalJson([tenantId, [...roles].sort(), types])).slice(0, 22)
}

const startOf = (
  lastSync: DownloadRequest['lastSync'],
  feed: FeedState,
  view: string,
): Start | ResetReason => {
  if (lastSync === undefined || lastSync === null || lastSync === 0) return { after: 0, began: feed.seq }
  if (typeof lastSync === 'number') {
    const wasIssued = Number.isSafeInteger(lastSync) && lastSync > 0 && lastSync <= msOf(feed.seq)
    const after = lastSync * MICROS - 1
    return wasIssued && after >= feed.minSeq ? { after, began: null } : 'cursor_expired'
  }
  const cursor = readCursor(lastSync)
  if (cursor === null)
    throw new SyncError('INVALID_CURSOR', 'lastSync is no cursor of this server', { path: 'lastSync' })
  if (cursor.epoch !== feed.epoch) return 'epoch_changed'
  if (cursor.view !== view) return 'view_changed'
  const { seq, began } = cursor
  const isAhead = seq > feed.seq || (began ?? 0) > feed.seq
  // A run from null has not seen any tombstone of before it, so it misses none that was purged.
  if (isAhead || (began ?? seq) < feed.minSeq) return 'cursor_expired'
  return { after: seq, began }
}

const entityOf = (row: StoredRow): EntityRow => ({
  entityType: row.entityType,
  id: row.id,
  version: row.version,
  modifiedAt: msOf(row.seq),
  edit: row.edit,
  by: row.by,
  data: row.data ?? {},
})

const deletionOf = (row: StoredRow): Deletion => ({
  entityType: row.entityType,
  id: row.id,
  version: row.version,
  deletedAt: msOf(row.seq),
  reason: 'deleted',
  by: row.by,
})

const closedOf = (row: ConflictRow): ClosedConflict => ({
  conflictId: row.conflictId,
  operationId: row.operationId,
  entityType: row.entityType,
  entityId: row.entityId,
  state: 'resolved',
  resolvedBy: row.resolvedBy,
  resolvedAt: row.resolvedSeq === null ? null : msOf(row.resolvedSeq),
})

const resetAnswer = (reason: ResetReason, feed: FeedState, now: number): DownloadAnswer => ({
  entities: [],
  deletions: [],
  closedConflicts: [],
  cursor: null,
  timestamp: msOf(feed.seq),
  hasMore: true,
  serverTime: now,
  reset: { reason },
})

/** One page of the tenant's feed, from one snapshot of the database. */
export const download = async <Hook>(
  server: Server<Hook>,
  caller: Caller,
  body: DownloadRequest,
  maxPage: number,
): Promise<DownloadAnswer> => {
  const types = readableTypes(server, caller, body.entityTypes)
  const view = viewOf(server, caller, types)
  const limit = Math.max(1, Math.min(body.limit ?? DEFAULT_PAGE, maxPage))
  return server.store.read(caller.identity.tenantId, async (tx) => {
    const feed = await tx.feed()
    const start = startOf(body.lastSync, feed, view)
    if (typeof start === 'string') return resetAnswer(start, feed, caller.now)
    const { after, began } = start
    const isUpToDate = after >= feed.seq
    const rows = isUpToDate
      ? []
      : await tx.changes({ types, after, tombstonesAfter: began ?? after, limit: limit + 1 })
    const closed = isUpToDate
      ? []
      : await tx.closedConflicts({
          userId: caller.identity.userId,
          after: Math.max(after, began ?? 0),
          limit: limit + 1,
        })
    const hasMore = rows.length > limit || closed.length > limit
    // A page ends where the first of the two lists is cut; everything up to there is on it.
    const end = Math.min(
      rows.length > limit ? (rows[limit - 1] as StoredRow).seq : feed.seq,
      closed.length > limit ? ((closed[limit - 1] as ConflictRow).resolvedSeq ?? feed.seq) : feed.seq,
    )
    const page = rows.filter((row) => row.seq <= end)
    return {
      entities: page.filter((row) => !row.gone).map(entityOf),
      deletions: page.filter((row) => row.gone).map(deletionOf),
      closedConflicts: closed.filter((row) => (row.resolvedSeq ?? 0) <= end).map(closedOf),
      cursor: writeCursor({ epoch: feed.epoch, seq: end, view, began: hasMore ? began : null }),
      timestamp: msOf(end),
      hasMore,
      serverTime: caller.now,
    }
  })
}
