import type {
  Durability,
  StorageFactory,
  StorageKey,
  StoragePort,
  StorageTransaction,
} from '../ports/storage.ts'
import { SyncError } from '../protocol/errors.ts'

/** Text that sorts as the tuple does: numbers before strings, integers by value, negative ones first. */
const encodePart = (part: unknown): string => {
  // U+0000 ends a part, so one inside is written as two characters that still sort first.
  if (typeof part === 'string') return `s${part.replaceAll('\u0000', '\u0000\u0001')}\u0000\u0000`
  if (!Number.isSafeInteger(part))
    throw new SyncError('STORAGE_FAILED', `${String(part)} is no part of a key`)
  const number = part as number
  // 16 digits hold every safe integer; a negative one counts from the smallest.
  const digits = number < 0 ? number + Number.MAX_SAFE_INTEGER : number
  return `n${number < 0 ? 0 : 1}${String(digits).padStart(16, '0')}`
}

const encode = (key: StorageKey): string => key.map(encodePart).join('')

const copy = (value: unknown): unknown => {
  try {
    return structuredClone(value)
  } catch (cause) {
    throw new SyncError('STORAGE_FAILED', 'the value cannot be stored', { cause })
  }
}

interface Entry {
  key: StorageKey
  value: unknown
}

/** One store's map, listed in key order (sorted once after a run of inserts), and the one queue of all who use it. */
class Rows {
  readonly entries = new Map<string, Entry>()
  tail: Promise<unknown> = Promise.resolve()
  #sorted: string[] | null = null

  set(name: string, entry: Entry): void {
    if (!this.entries.has(name)) this.#sorted = null
    this.entries.set(name, entry)
  }

  delete(name: string): void {
    if (this.entries.delete(name)) this.#sorted = null
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
    const found: string[] = []
    for (let index = low; index < sorted.length; index++) {
      const name = sorted[index] as string
      if (!name.startsWith(prefix)) break
      found.push(name)
    }
    return found
  }
}

class MemoryTransaction implements StorageTransaction {
  readonly writes = new Map<string, Entry | null>()
  readonly #rows: Rows

  constructor(rows: Rows) {
    this.#rows = rows
  }

  #entry(name: string): Entry | undefined {
    const written = this.writes.get(name)
    return written === undefined ? this.#rows.entries.get(name) : (written ?? undefined)
  }

  async get(key: StorageKey): Promise<unknown> {
    const entry = this.#entry(encode(key))
    return entry === undefined ? undefined : structuredClone(entry.value)
  }

  async getMany(keys: readonly StorageKey[]): Promise<unknown[]> {
    return await Promise.all(keys.map((key) => this.get(key)))
  }

  #list(prefix: StorageKey): Entry[] {
    const start = encode(prefix)
    const names = new Set(this.#rows.from(start))
    for (const name of this.writes.keys()) if (name.startsWith(start)) names.add(name)
    return [...names]
      .sort()
      .map((name) => this.#entry(name))
      .filter((entry) => entry !== undefined)
  }

  async list(prefix: StorageKey): Promise<(readonly [StorageKey, unknown])[]> {
    return this.#list(prefix).map((entry) => [entry.key, structuredClone(entry.value)] as const)
  }

  async listKeys(prefix: StorageKey): Promise<StorageKey[]> {
    return this.#list(prefix).map((entry) => entry.key)
  }

  put(key: StorageKey, value: unknown): void {
    this.writes.set(encode(key), { key: [...key], value: copy(value) })
  }

  delete(key: StorageKey): void {
    this.writes.set(encode(key), null)
  }
}

class MemoryStorage implements StoragePort {
  readonly #rows: Rows
  #isClosed = false

  constructor(rows: Rows) {
    this.#rows = rows
  }

  async read<T>(work: (transaction: StorageTransaction) => Promise<T>): Promise<T> {
    // Behind the writes that came first, as in IndexedDB: a read sees what resolved before it was asked.
    return await this.#next(() => work(new MemoryTransaction(this.#rows)))
  }

  async write<T>(_durability: Durability, work: (transaction: StorageTransaction) => Promise<T>): Promise<T> {
    return await this.#next(async () => {
      const transaction = new MemoryTransaction(this.#rows)
      const result = await work(transaction)
      for (const [name, entry] of transaction.writes)
        if (entry === null) this.#rows.delete(name)
        else this.#rows.set(name, entry)
      return result
    })
  }

  /** One step at a time over all connections of the store: the whole step is the transaction. */
  async #next<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new SyncError('STOPPED', 'the store is closed')
    const run = this.#rows.tail.then(work)
    this.#rows.tail = run.catch(() => undefined)
    return await run
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#rows.tail
  }
}

/**
 * Storage for Node, server-side rendering and tests. Not durable: it lives as long as the factory that made it, so a second
 * engine on the same factory and name finds the first one's rows.
 */
export const memoryStorage = (): StorageFactory => {
  const stores = new Map<string, Rows>()
  return (name) => {
    const rows = stores.get(name) ?? new Rows()
    stores.set(name, rows)
    return new MemoryStorage(rows)
  }
}
