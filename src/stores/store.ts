import type { ClockPort } from '../ports/clock.ts'
import type { IdsPort } from '../ports/ids.ts'
import type { Durability, StoragePort, StorageTransaction } from '../ports/storage.ts'
import { SyncError } from '../protocol/errors.ts'
import type { Schema } from '../protocol/schema.ts'
import { keys } from './keyspace.ts'
import type { StoreState } from './store-state.ts'
import { emptyState } from './store-state.ts'
import type { Changes } from './unit.ts'
import { Unit } from './unit.ts'

/** Raised with every incompatible change of how rows lie; older code refuses a newer store. */
export const STORE_FORMAT = 1

interface FormatRow {
  format: number
  /** Random, made with the store: a store without it was evicted and made anew by the browser. */
  identity: string
}

/** The durable state of one (tenant, user): every change is one unit in one transaction. */
export class Store {
  readonly #storage: StoragePort
  readonly #schema: Schema
  readonly #ids: IdsPort
  readonly #clock: ClockPort
  readonly #listeners = new Set<(changes: Changes) => void>()
  #identity: string | null = null
  #isClosed = false
  readonly #writing = new Set<Promise<unknown>>()

  constructor(storage: StoragePort, schema: Schema, ids: IdsPort, clock: ClockPort) {
    this.#storage = storage
    this.#schema = schema
    this.#ids = ids
    this.#clock = clock
  }

  /** Reads what is there, or makes an empty store. Touches no operation. */
  async open(): Promise<StoreState> {
    const { identity, state } = await this.#storage.write('strict', async (transaction) => {
      const format = (await transaction.get(keys.meta('format'))) as FormatRow | undefined
      if (format !== undefined && format.format > STORE_FORMAT)
        throw new SyncError(
          'FORMAT_TOO_NEW',
          `this store was written by newer code (format ${format.format})`,
        )
      const now = this.#clock.now()
      const identity = format?.identity ?? this.#ids.uuid(now)
      if (format === undefined)
        transaction.put(keys.meta('format'), { format: STORE_FORMAT, identity } satisfies FormatRow)
      const state = (await transaction.get(keys.meta('state'))) as StoreState | undefined
      if (state !== undefined) return { identity, state }
      const fresh = emptyState(this.#ids.uuid(now))
      transaction.put(keys.meta('state'), fresh)
      return { identity, state: fresh }
    })
    // Only what was committed is this store's: an identity that was never stored would be missed for ever.
    this.#identity = identity
    return state
  }

  async state(): Promise<StoreState> {
    return await this.read(async (transaction) => (await transaction.get(keys.meta('state'))) as StoreState)
  }

  async read<T>(work: (transaction: StorageTransaction) => Promise<T>): Promise<T> {
    return await this.#storage.read(async (transaction) => {
      await this.#requireIdentity(transaction)
      return await work(transaction)
    })
  }

  /**
   * Runs a step as one unit: all of it is durable when this resolves, or none. `answer` is made of what the step came to,
   * in the same transaction: a second one might find the store closed, and the writer would hear that nothing was written.
   */
  async write<T>(durability: Durability, step: (unit: Unit) => Promise<T>): Promise<T>
  async write<T, R>(
    durability: Durability,
    step: (unit: Unit) => Promise<T>,
    answer: (transaction: StorageTransaction, result: T) => Promise<R>,
  ): Promise<R>
  async write<T, R>(
    durability: Durability,
    step: (unit: Unit) => Promise<T>,
    answer?: (transaction: StorageTransaction, result: T) => Promise<R>,
  ): Promise<T | R> {
    if (this.#isClosed) throw new SyncError('STOPPED', 'the engine was stopped: nothing is written any more')
    const writing = this.#storage.write(durability, async (transaction) => {
      await this.#requireIdentity(transaction)
      const context = { schema: this.#schema, now: this.#clock.now(), ids: this.#ids }
      const unit = await Unit.open(transaction, context)
      const stepped = await step(unit)
      const changes = await unit.finish()
      return { result: answer === undefined ? stepped : await answer(transaction, stepped), changes }
    })
    this.#writing.add(writing)
    const { result, changes } = await writing.finally(() => this.#writing.delete(writing))
    for (const listener of [...this.#listeners]) this.#tell(listener, changes)
    return result
  }

  /** The write is durable: a listener's error is its own and must not tell the writer otherwise. */
  #tell(listener: (changes: Changes) => void, changes: Changes): void {
    try {
      listener(changes)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }

  /** Called after each commit of this instance with what it changed. */
  subscribe(listener: (changes: Changes) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** No write starts after this; those under way end first. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#listeners.clear()
    await Promise.allSettled([...this.#writing])
    await this.#storage.close()
  }

  async #requireIdentity(transaction: StorageTransaction): Promise<void> {
    const format = (await transaction.get(keys.meta('format'))) as FormatRow | undefined
    if (format?.identity !== this.#identity)
      throw new SyncError('STORE_LOST', 'the store was removed or replaced while it was open')
  }
}
