import { SyncError } from '../../src/protocol/errors.ts'

/** Past this many waiting writes of one tenant a caller is better served by coming back later. */
const MAX_WAITING = 200

/**
 * One write of a tenant at a time in this process: without it the waiters of one busy tenant would hold every connection
 * of the pool, each blocked on the same row.
 */
export class TenantQueue {
  readonly #tails = new Map<string, { last: Promise<unknown>; waiting: number }>()

  async run<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    const tail = this.#tails.get(tenantId) ?? { last: Promise.resolve(), waiting: 0 }
    if (tail.waiting >= MAX_WAITING)
      throw new SyncError('TENANT_BUSY', 'too many writes are waiting', { retryAfterMs: 1000 })
    this.#tails.set(tenantId, tail)
    tail.waiting++
    const own = tail.last.then(work, work)
    tail.last = own
    try {
      return await own
    } finally {
      tail.waiting--
      if (tail.waiting === 0) this.#tails.delete(tenantId)
    }
  }
}
