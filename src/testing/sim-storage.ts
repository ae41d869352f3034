import type { Durability, StorageKey, StoragePort, StorageTransaction } from '../ports/storage.ts'
import { SyncError } from '../protocol/errors.ts'
import type { Entry, SimImage } from './sim-image.ts'
import { encodeKey, frozenCopy } from './sim-image.ts'

export type StoragePoint = 'storage.begin' | 'storage.commit' | 'storage.done'

/** The tab that a store is open in. */
export interface StorageHost {
  /** Waits while the tab is frozen, and for ever once it is dead; `undefined`: nothing to wait for. */
  pass(point: StoragePoint): Promise<void> | undefined
  readonly isFrozen: boolean
  /** A place where the tab may die; `false`: it is dead. */
  survives(point: StoragePoint): boolean
  /** How long the disk takes now; `undefined`: no time. */
  delay(): Promise<void> | undefined
  /** What the disk refuses this transaction with. */
  refusal(kind: 'read' | 'write'): SyncError | null
  /** A transaction is there for good. */
  committed(writes: ReadonlyMap<string, Entry | null>): void
  /** A transaction failed with what is no error of ours. */
  defect(error: unknown): void
}

/** Read and written through one overlay, so that it can be dropped whole. */
export class SimTransaction implements StorageTransaction {
  readonly writes = new Map<string, Entry | null>()
  readonly #image: SimImage

  constructor(image: SimImage) {
    this.#image = image
  }

  #entry(name: string): Entry | undefined {
    const written = this.writes.get(name)
    return written === undefined ? this.#image.entries.get(name) : (written ?? undefined)
  }

  async get(key: StorageKey): Promise<unknown> {
    return this.#entry(encodeKey(key))?.value
  }

  async getMany(keys: readonly StorageKey[]): Promise<unknown[]> {
    return keys.map((key) => this.#entry(encodeKey(key))?.value)
  }

  #list(prefix: StorageKey): Entry[] {
    const start = encodeKey(prefix)
    let names = this.#image.from(start)
    const added = [...this.writes.keys()].filter(
      (name) => name.startsWith(start) && !this.#image.entries.has(name),
    )
    if (added.length > 0) names = [...names, ...added].sort()
    return names.map((name) => this.#entry(name)).filter((entry) => entry !== undefined)
  }

  async list(prefix: StorageKey): Promise<(readonly [StorageKey, unknown])[]> {
    return this.#list(prefix).map(({ key, value }) => [key, value] as const)
  }

  async listKeys(prefix: StorageKey): Promise<StorageKey[]> {
    return this.#list(prefix).map(({ key }) => key)
  }

  put(key: StorageKey, value: unknown): void {
    this.writes.set(encodeKey(key), { key: [...key], value: frozenCopy(value) })
  }

  delete(key: StorageKey): void {
    this.writes.set(encodeKey(key), null)
  }
}

const never = <T>(): Promise<T> => new Promise<T>(() => {})

const dead = Symbol('the tab died in the middle')
const frozen = Symbol('the tab was frozen before its turn')

/** A connection of one tab to the image of its device. */
export class SimStorage implements StoragePort {
  readonly #image: SimImage
  readonly #host: StorageHost
  readonly #running = new Set<Promise<unknown>>()
  #isClosed = false

  constructor(image: SimImage, host: StorageHost) {
    this.#image = image
    this.#host = host
  }

  async read<T>(work: (transaction: StorageTransaction) => Promise<T>): Promise<T> {
    return await this.#run('read', async () => await work(new SimTransaction(this.#image)))
  }

  async write<T>(durability: Durability, work: (transaction: StorageTransaction) => Promise<T>): Promise<T> {
    return await this.#run('write', async () => {
      const transaction = new SimTransaction(this.#image)
      const result = await work(transaction)
      if (!this.#host.survives('storage.commit')) return dead
      const refusal = this.#host.refusal('write')
      if (refusal !== null) throw refusal
      this.#image.commit(durability, transaction.writes)
      this.#host.committed(transaction.writes)
      return result
    })
  }

  /** What was begun is ended first. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled([...this.#running])
  }

  async #run<T>(kind: 'read' | 'write', work: () => Promise<T | typeof dead>): Promise<T> {
    if (this.#isClosed) throw new SyncError('STOPPED', 'the store is closed')
    const running = this.#repeat(kind, work)
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }

  async #repeat<T>(kind: 'read' | 'write', work: () => Promise<T | typeof dead>): Promise<T> {
    const host = this.#host
    for (;;) {
      await host.pass('storage.begin')
      const result = await this.#image.turn(() => this.#transact(kind, work))
      if (result === frozen) continue
      if (result === dead) return await never()
      await host.pass('storage.done')
      return result
    }
  }

  async #transact<T>(kind: 'read' | 'write', work: () => Promise<T>): Promise<T | typeof frozen> {
    const host = this.#host
    await host.delay()
    // A frozen page runs no code: its turn passes, so that other tabs do not wait for it.
    if (host.isFrozen) return frozen
    const refusal = kind === 'read' ? host.refusal('read') : null
    if (refusal !== null) throw refusal
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof SyncError)) host.defect(error)
      throw error
    }
  }
}
