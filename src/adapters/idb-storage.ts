import type { UseStore } from 'idb-keyval'
import { get, getMany, promisifyRequest } from 'idb-keyval'
import type {
  Durability,
  StorageFactory,
  StorageKey,
  StoragePort,
  StorageTransaction,
} from '../ports/storage.ts'
import { SyncError } from '../protocol/errors.ts'

/** idb-keyval has one object store per database; a single one is also what makes a step one atomic transaction. */
const OBJECT_STORE = 'rows'
const DATABASE_VERSION = 1

/** Some browsers never settle `open` (WebKit bug 226547): after this the store counts as blocked. */
const OPEN_TIMEOUT_MS = 10_000

const toSyncError = (error: unknown): unknown => {
  if (error instanceof SyncError || !(error instanceof DOMException)) return error
  if (error.name === 'QuotaExceededError')
    return new SyncError('QUOTA_EXCEEDED', 'this device has no room left', { cause: error })
  return new SyncError('STORAGE_FAILED', `the browser's storage failed: ${error.name}`, { cause: error })
}

const openDatabase = async (name: string): Promise<IDBDatabase> =>
  await new Promise((resolve, reject) => {
    let isSettled = false
    const timer = setTimeout(() => {
      isSettled = true
      reject(
        new SyncError(
          'STORAGE_BLOCKED',
          `the store did not open within ${OPEN_TIMEOUT_MS} ms: close other tabs`,
        ),
      )
    }, OPEN_TIMEOUT_MS)
    const request = indexedDB.open(name, DATABASE_VERSION)
    request.onupgradeneeded = () => request.result.createObjectStore(OBJECT_STORE)
    request.onsuccess = () => {
      clearTimeout(timer)
      // Too late for whoever waited: an open handle nobody knows would block every later upgrade.
      if (isSettled) request.result.close()
      else resolve(request.result)
    }
    request.onerror = () => {
      clearTimeout(timer)
      reject(toSyncError(request.error))
    }
  })

const isDead = (error: unknown): boolean =>
  error instanceof DOMException && (error.name === 'InvalidStateError' || error.name === 'UnknownError')

/** Everything under a tuple prefix: an array sorts behind every number and string. */
const rangeOf = (prefix: StorageKey): IDBKeyRange => IDBKeyRange.bound([...prefix], [...prefix, []])

class IdbTransaction implements StorageTransaction {
  readonly #store: IDBObjectStore
  /** idb-keyval's functions, bound to the one transaction of this step. */
  readonly #useStore: UseStore

  constructor(store: IDBObjectStore) {
    this.#store = store
    this.#useStore = async (_mode, work) => await work(store)
  }

  async get(key: StorageKey): Promise<unknown> {
    return await get([...key], this.#useStore)
  }

  async getMany(keys: readonly StorageKey[]): Promise<unknown[]> {
    return await getMany(
      keys.map((key) => [...key]),
      this.#useStore,
    )
  }

  async list(prefix: StorageKey): Promise<(readonly [StorageKey, unknown])[]> {
    const range = rangeOf(prefix)
    const [keys, values] = await Promise.all([
      promisifyRequest(this.#store.getAllKeys(range)),
      promisifyRequest(this.#store.getAll(range) as IDBRequest<unknown[]>),
    ])
    return keys.map((key, index) => [key as unknown as StorageKey, values[index]] as const)
  }

  async listKeys(prefix: StorageKey): Promise<StorageKey[]> {
    return (await promisifyRequest(this.#store.getAllKeys(rangeOf(prefix)))) as unknown as StorageKey[]
  }

  put(key: StorageKey, value: unknown): void {
    this.#store.put(value, [...key])
  }

  delete(key: StorageKey): void {
    this.#store.delete([...key])
  }
}

class IdbStorage implements StoragePort {
  readonly #name: string
  #database: Promise<IDBDatabase> | null = null
  readonly #running = new Set<Promise<unknown>>()
  #isClosed = false

  constructor(name: string) {
    this.#name = name
  }

  async read<T>(work: (transaction: StorageTransaction) => Promise<T>): Promise<T> {
    return await this.#tracked(this.#run('readonly', 'relaxed', work))
  }

  async write<T>(durability: Durability, work: (transaction: StorageTransaction) => Promise<T>): Promise<T> {
    return await this.#tracked(this.#run('readwrite', durability, work))
  }

  async #tracked<T>(run: Promise<T>): Promise<T> {
    this.#running.add(run)
    try {
      return await run
    } finally {
      this.#running.delete(run)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#running)
    const last = this.#database
    this.#database = null
    try {
      ;(await last)?.close()
    } catch {
      // It never opened: nothing to close.
    }
  }

  #connect(): Promise<IDBDatabase> {
    const opening = openDatabase(this.#name).then((database) => {
      // A newer version of the app, or a deletion, must not wait for this tab.
      database.onversionchange = () => {
        database.close()
        this.#forget(opening)
      }
      database.onclose = () => this.#forget(opening)
      return database
    })
    return opening
  }

  /** Only the connection that died: by now another step may have opened the next one. */
  #forget(connection: Promise<IDBDatabase>): void {
    if (this.#database === connection) this.#database = null
  }

  async #begin(mode: IDBTransactionMode, durability: Durability): Promise<IDBTransaction> {
    if (this.#isClosed) throw new SyncError('STOPPED', 'the store is closed')
    for (let attempt = 1; ; attempt++) {
      this.#database ??= this.#connect()
      const connection = this.#database
      try {
        return (await connection).transaction(OBJECT_STORE, mode, { durability })
      } catch (error) {
        // The browser killed the connection (sleep, memory pressure), or it never opened: the next one is new.
        this.#forget(connection)
        if (attempt > 1 || !isDead(error)) throw toSyncError(error)
      }
    }
  }

  async #run<T>(
    mode: IDBTransactionMode,
    durability: Durability,
    work: (transaction: StorageTransaction) => Promise<T>,
  ): Promise<T> {
    const transaction = await this.#begin(mode, durability)
    const ended = new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve())
      transaction.addEventListener('abort', () =>
        reject(transaction.error ?? new DOMException('aborted', 'AbortError')),
      )
    })
    // It may fail while `work` still runs; whoever awaits below hears of it.
    ended.catch(() => undefined)
    let result: T
    try {
      result = await work(new IdbTransaction(transaction.objectStore(OBJECT_STORE)))
    } catch (error) {
      try {
        // Without this IndexedDB would keep the puts made before the throw.
        transaction.abort()
      } catch {
        // Already ended by the fault itself.
      }
      const cause = transaction.error?.name === 'QuotaExceededError' ? transaction.error : error
      throw toSyncError(cause)
    }
    try {
      await ended
    } catch (error) {
      throw toSyncError(error)
    }
    return result
  }
}

/** IndexedDB, one database per store, reached through idb-keyval with a store function bound to one transaction a step. */
export const idbStorage = (): StorageFactory => (name) => new IdbStorage(name)
