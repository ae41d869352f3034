import type { Durability, StorageKey, StoragePort, StorageTransaction } from '../../src/ports/storage.ts'

interface Entry {
  key: StorageKey
  value: unknown
}

const deepFreeze = (value: unknown): void => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const member of Object.values(value)) deepFreeze(member)
}

/**
 * A storage for thousands of small runs: rows are shared instead of copied. With `freezes` a step that changes a row it read
 * throws; `failAt` breaks the n-th write from now on, as a full disk or a dying tab would.
 */
export class QuickStorage implements StoragePort {
  readonly rows = new Map<string, Entry>()
  readonly #freezes: boolean
  #tail: Promise<unknown> = Promise.resolve()
  failAt: number | null = null
  /** Writes of the last step. */
  writes = 0
  /** Steps that changed something. */
  version = 0

  constructor(freezes = false) {
    this.#freezes = freezes
  }

  dump(): (readonly [StorageKey, unknown])[] {
    return [...this.rows.values()].map(({ key, value }) => [key, value] as const)
  }

  async read<T>(work: (transaction: StorageTransaction) => Promise<T>): Promise<T> {
    return await this.#next(() => work(this.#transaction(new Map())))
  }

  async write<T>(_durability: Durability, work: (transaction: StorageTransaction) => Promise<T>): Promise<T> {
    return await this.#next(async () => {
      const written = new Map<string, Entry | null>()
      this.writes = 0
      const result = await work(this.#transaction(written))
      if (written.size > 0) this.version++
      for (const [name, entry] of written)
        if (entry === null) this.rows.delete(name)
        else this.rows.set(name, entry)
      return result
    })
  }

  async #next<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(work)
    this.#tail = run.catch(() => undefined)
    return await run
  }

  async close(): Promise<void> {
    await this.#tail
  }

  #transaction(written: Map<string, Entry | null>): StorageTransaction {
    const find = (name: string) => {
      const entry = written.get(name)
      return entry === undefined ? this.rows.get(name) : (entry ?? undefined)
    }
    const list = (prefix: StorageKey): Entry[] => {
      const start = `${JSON.stringify(prefix).slice(0, -1)}${prefix.length > 0 ? ',' : ''}`
      const names = new Set<string>()
      for (const name of this.rows.keys()) if (name.startsWith(start)) names.add(name)
      for (const name of written.keys()) if (name.startsWith(start)) names.add(name)
      const found = [...names].map(find).filter((entry) => entry !== undefined)
      const at = prefix.length
      return found.sort(
        (a, b) => compareParts(a.key[at], b.key[at]) || compareParts(a.key[at + 1], b.key[at + 1]),
      )
    }
    const count = () => {
      this.writes++
      if (this.failAt !== null && this.writes > this.failAt) throw new Error('the disk failed')
    }
    return {
      get: async (key) => find(JSON.stringify(key))?.value,
      getMany: async (keys) => keys.map((key) => find(JSON.stringify(key))?.value),
      list: async (prefix) => list(prefix).map(({ key, value }) => [key, value] as const),
      listKeys: async (prefix) => list(prefix).map(({ key }) => key),
      put: (key, value) => {
        count()
        if (this.#freezes) deepFreeze(value)
        written.set(JSON.stringify(key), { key, value })
      },
      delete: (key) => {
        count()
        written.set(JSON.stringify(key), null)
      },
    }
  }
}

const compareParts = (a: string | number | undefined, b: string | number | undefined): number => {
  if (a === b) return 0
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1
  return a < b ? -1 : 1
}
