import type { Durability, StorageKey } from '../ports/storage.ts'
import { SyncError } from '../protocol/errors.ts'

export interface Entry {
  key: StorageKey
  value: unknown
}

/** Text that sorts as the tuple does: numbers before strings, integers by value. */
const encodePart = (part: unknown): string => {
  if (typeof part === 'string') return `s${part}\u0000`
  if (!Number.isSafeInteger(part))
    throw new SyncError('STORAGE_FAILED', `${String(part)} is no part of a key`)
  const number = part as number
  const digits = number < 0 ? number + Number.MAX_SAFE_INTEGER : number
  return `n${number < 0 ? 0 : 1}${String(digits).padStart(16, '0')}`
}

export const encodeKey = (key: StorageKey): string => key.map(encodePart).join('')

/**
 * A private copy that nobody can change, so that it can be handed out again and again: a reader that changes a value in
 * place throws instead of spoiling what another one reads.
 */
export const frozenCopy = (value: unknown): unknown => {
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'function' || typeof value === 'symbol')
      throw new SyncError('STORAGE_FAILED', `a ${typeof value} cannot be stored`)
    return value
  }
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    throw new SyncError('STORAGE_FAILED', 'only plain objects are stored here')
  const copy: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) copy[key] = frozenCopy(member)
  return Object.freeze(copy)
}

type Undo = [name: string, before: Entry | undefined][]

/**
 * What lies on the disk of one device. A transaction is there whole or not at all; after a power loss the last relaxed ones
 * may be missing, but never a strict one, nor what was committed before a strict one.
 */
export class SimImage {
  readonly entries = new Map<string, Entry>()
  /** Transactions that a power loss may take, oldest first. */
  readonly #unflushed: Undo[] = []
  #sorted: string[] | null = null
  #tail: Promise<unknown> = Promise.resolve()
  /** Grows with every commit and every loss. */
  revision = 0
  losses = 0

  get unflushed(): number {
    return this.#unflushed.length
  }

  /** One step at a time over all tabs: the whole step is the transaction. `work` must end, come what may. */
  async turn<T>(work: () => Promise<T>): Promise<T> {
    const own = this.#tail.then(work, work)
    this.#tail = own.catch(() => undefined)
    return await own
  }

  commit(durability: Durability, writes: ReadonlyMap<string, Entry | null>): void {
    const undo: Undo = []
    for (const [name, entry] of writes) {
      undo.push([name, this.entries.get(name)])
      this.#put(name, entry ?? undefined)
    }
    if (durability === 'strict') this.#unflushed.length = 0
    else if (writes.size > 0) this.#unflushed.push(undo)
    if (writes.size > 0) this.revision++
  }

  /** Takes the last `count` relaxed transactions; answers how many there were to take. */
  losePower(count: number): number {
    let lost = 0
    for (; lost < count; lost++) {
      const undo = this.#unflushed.pop()
      if (undo === undefined) break
      for (const [name, before] of undo.reverse()) this.#put(name, before)
    }
    this.#unflushed.length = 0
    if (lost > 0) this.revision++
    this.losses++
    return lost
  }

  from(prefix: string): string[] {
    this.#sorted ??= [...this.entries.keys()].sort()
    const sorted = this.#sorted
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sorted[middle] as string) < prefix) low = middle + 1
      else high = middle
    }
    let end = low
    while (end < sorted.length && (sorted[end] as string).startsWith(prefix)) end++
    return sorted.slice(low, end)
  }

  #put(name: string, entry: Entry | undefined): void {
    if (entry === undefined) {
      if (this.entries.delete(name)) this.#sorted = null
      return
    }
    if (!this.entries.has(name)) this.#sorted = null
    this.entries.set(name, entry)
  }
}
