import type { FeedState, RecordWrite, Saved, ServerStore, StoredRow } from '../../server/core/store.ts'
import type { EntityId } from '../protocol/json.ts'

/** What one transaction did, told when it can no longer fail. */
export interface Effect {
  writes: readonly RecordWrite[]
  saved: Saved
}

export interface ObservedStore {
  /** The store as one request sees it; `committed` is called before anybody else's turn. */
  for(committed: (tenantId: string, effect: Effect) => void): ServerStore<null>
  /** Forgets tombstones, as a server does after their time; older cursors are answered by a reset. */
  purge(tenantId: string): Promise<void>
  feed(tenantId: string): Promise<FeedState>
}

/**
 * The real store with what a simulation needs around it: two tenants count ids from 1 each, so that they share them;
 * tombstones can be purged; and every transaction tells what it did.
 */
export const observeStore = (inner: ServerStore<null>): ObservedStore => {
  const lastIds = new Map<string, number>()
  const purgedTo = new Map<string, number>()

  const floor = (tenantId: string) => purgedTo.get(tenantId) ?? 0
  const isForgotten = (tenantId: string, row: { gone: boolean; seq: number }) =>
    row.gone && row.seq <= floor(tenantId)

  const allocate = (tenantId: string, counts: ReadonlyMap<string, number>): Map<string, EntityId[]> =>
    new Map(
      [...counts].map(([type, count]) => {
        const name = `${tenantId} ${type}`
        const last = lastIds.get(name) ?? 0
        lastIds.set(name, last + count)
        return [type, Array.from({ length: count }, (_, index) => last + index + 1)]
      }),
    )

  return {
    for: (committed) => ({
      write: (tenantId, options, work) =>
        inner.write(tenantId, options, async (tx) => {
          let writes: readonly RecordWrite[] = []
          const saved: Saved = { index: [], mappings: [], conflicts: [], ledger: [] }
          const result = await work({
            ...tx,
            allocate: async (counts) => allocate(tenantId, counts),
            rows: async (refs) => (await tx.rows(refs)).filter((row) => !isForgotten(tenantId, row)),
            index: async (refs) => (await tx.index(refs)).filter((row) => !isForgotten(tenantId, row)),
            write: async (asked) => {
              const outcome = await tx.write(asked)
              writes = outcome.refused.size === 0 ? asked : []
              return outcome
            },
            save: async (userId, told) => {
              await tx.save(userId, told)
              saved.index.push(...told.index)
              saved.mappings.push(...told.mappings)
              saved.conflicts.push(...told.conflicts)
              saved.ledger.push(...told.ledger)
            },
          })
          committed(tenantId, { writes, saved })
          return result
        }),
      read: (tenantId, work) =>
        inner.read(tenantId, (tx) =>
          work({
            ...tx,
            feed: async () => {
              const feed = await tx.feed()
              return { ...feed, minSeq: Math.max(feed.minSeq, floor(tenantId)) }
            },
            changes: async (query) => {
              const all = await tx.changes({ ...query, limit: Number.MAX_SAFE_INTEGER })
              return all.filter((row: StoredRow) => !isForgotten(tenantId, row)).slice(0, query.limit)
            },
          }),
        ),
      close: () => inner.close(),
    }),
    purge: async (tenantId) => {
      const { seq } = await inner.read(tenantId, (tx) => tx.feed())
      purgedTo.set(tenantId, seq)
    },
    feed: (tenantId) => inner.read(tenantId, (tx) => tx.feed()),
  }
}
