import type { DownloadAnswer } from '../../src/protocol/messages.ts'
import type { ModelConflict, ModelRow } from './model-values.ts'

export interface Feed {
  rows: ReadonlyMap<string, ModelRow>
  conflicts: readonly ModelConflict[]
  /** Number of the last change; cursors given before `validFrom` are too old. */
  seq: number
  validFrom: number
  now: number
}

/** A page of the feed of changes, as protocol.md has it: each row at the place of its last change. */
export const readFeed = (
  feed: Feed,
  user: string,
  body: { lastSync?: unknown; limit?: number },
): DownloadAnswer => {
  const time = { timestamp: feed.now, serverTime: feed.now }
  const asked =
    typeof body.lastSync === 'string' ? (JSON.parse(body.lastSync) as { at: number; run: number }) : null
  if (asked !== null && asked.at < feed.validFrom && asked.run < feed.validFrom)
    return {
      entities: [],
      deletions: [],
      closedConflicts: [],
      cursor: null,
      hasMore: true,
      ...time,
      reset: { reason: 'cursor_expired' },
    }
  // A run from null says nothing of what was deleted before it began.
  const from = asked ?? { at: 0, run: feed.seq }
  const limit = body.limit ?? 1000
  const rows = [...feed.rows.values()]
    .filter((row) => row.seq > from.at && (row.data !== null || row.seq > from.run))
    .sort((a, b) => a.seq - b.seq)
  const page = rows.slice(0, limit)
  const hasMore = rows.length > limit
  const at = hasMore ? (page.at(-1) as ModelRow).seq : feed.seq
  const after = asked === null ? feed.seq : from.at
  const closed = feed.conflicts.filter(
    (other) =>
      other.user === user && other.state === 'resolved' && other.seq > Math.min(after, at) && other.seq <= at,
  )
  return {
    entities: page.flatMap((row) =>
      row.data === null
        ? []
        : [
            {
              entityType: row.type,
              id: row.id,
              version: row.version,
              modifiedAt: row.modifiedAt,
              data: row.data,
              by: { userId: 'somebody' },
              edit: { at: row.modifiedAt, operationId: row.operationId ?? '' },
            },
          ],
    ),
    deletions: page.flatMap((row) =>
      row.data !== null
        ? []
        : [
            {
              entityType: row.type,
              id: row.id,
              version: row.version,
              deletedAt: row.modifiedAt,
              reason: 'deleted' as const,
            },
          ],
    ),
    closedConflicts: closed.map((other) => ({
      conflictId: other.id,
      operationId: other.operation.id,
      entityType: other.type,
      entityId: other.entityId,
      state: 'resolved',
    })),
    cursor: JSON.stringify({ at, run: asked === null ? feed.seq : from.run }),
    hasMore,
    ...time,
  }
}
