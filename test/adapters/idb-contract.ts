import { afterEach, describe, expect, test, vi } from 'vitest'
import { idbStorage } from '../../src/adapters/idb-storage.ts'
import type { StoragePort } from '../../src/ports/storage.ts'
import { freshName } from '../stores/storage-contract.ts'

const put = async (storage: StoragePort, key: string, value: unknown) =>
  await storage.write('relaxed', async (transaction) => transaction.put([key], value))
const get = async (storage: StoragePort, key: string) =>
  await storage.read((transaction) => transaction.get([key]))

/** Handles that storages hold, as the browser would kill them: nothing of ours hands them out. */
const watchHandles = (): IDBDatabase[] => {
  const handles: IDBDatabase[] = []
  const original = indexedDB.open.bind(indexedDB)
  vi.spyOn(indexedDB, 'open').mockImplementation((...args) => {
    const request = original(...args)
    request.addEventListener('success', () => handles.push(request.result))
    return request
  })
  return handles
}

const fakeRequest = (): IDBOpenDBRequest => ({}) as IDBOpenDBRequest

const deleteDatabase = async (name: string): Promise<'deleted' | 'blocked'> =>
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = () => resolve('deleted')
    request.onblocked = () => resolve('blocked')
    request.onerror = () => reject(request.error)
  })

/** What only IndexedDB can do to us. Run on fake-indexeddb and in a real browser. */
export const describeIdbStorage = (name: string): void => {
  const opened: StoragePort[] = []
  const open = (store: string): StoragePort => {
    const storage = idbStorage()(store)
    opened.push(storage)
    return storage
  }

  afterEach(async () => {
    vi.restoreAllMocks()
    vi.useRealTimers()
    for (const storage of opened.splice(0)) await storage.close()
  })

  describe(name, () => {
    test('STO20 a connection that the browser killed is opened again, once per step', async () => {
      const handles = watchHandles()
      const storage = open(freshName())
      await put(storage, 'row', 1)
      expect(handles).toHaveLength(1)
      handles[0]?.close()
      await put(storage, 'row', 2)
      expect(await get(storage, 'row')).toBe(2)
      expect(handles).toHaveLength(2)
    })

    test('STO21 two steps that find the connection dead share one new one', async () => {
      const handles = watchHandles()
      const storage = open(freshName())
      await put(storage, 'row', 1)
      handles[0]?.close()
      await Promise.all([put(storage, 'a', 1), put(storage, 'b', 2), get(storage, 'row')])
      expect(handles).toHaveLength(2)
    })

    test('STO22 a deletion or an upgrade elsewhere is not blocked by an open store', async () => {
      const store = freshName()
      const storage = open(store)
      await put(storage, 'row', 1)
      expect(await deleteDatabase(store)).toBe('deleted')
      expect(await get(storage, 'row')).toBeUndefined()
    })

    test('STO23 the durability asked for reaches the transaction', async () => {
      const asked: unknown[] = []
      const original = IDBDatabase.prototype.transaction
      vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
        this: IDBDatabase,
        ...args: Parameters<IDBDatabase['transaction']>
      ) {
        // Without options it is the upgrade, which a polyfill may open the same way.
        if (args[2] !== undefined) asked.push([args[1], args[2].durability])
        return original.apply(this, args)
      })
      const storage = open(freshName())
      await storage.write('strict', async (transaction) => transaction.put(['a'], 1))
      await storage.write('relaxed', async (transaction) => transaction.put(['a'], 2))
      expect(asked).toEqual([
        ['readwrite', 'strict'],
        ['readwrite', 'relaxed'],
      ])
    })

    test('STO24 no room left is QUOTA_EXCEEDED, whether at a write or at open, and nothing is half written', async () => {
      const storage = open(freshName())
      await put(storage, 'row', 1)
      const full = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
        throw new DOMException('full', 'QuotaExceededError')
      })
      const step = storage.write('strict', async (transaction) => {
        transaction.delete(['row'])
        transaction.put(['other'], 2)
      })
      await expect(step).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' })
      full.mockRestore()
      expect(await get(storage, 'row')).toBe(1)

      const request = fakeRequest()
      vi.spyOn(indexedDB, 'open').mockReturnValue(request)
      const opening = put(open(freshName()), 'row', 1)
      await Promise.resolve()
      Object.defineProperty(request, 'error', { value: new DOMException('full', 'QuotaExceededError') })
      request.onerror?.(new Event('error'))
      await expect(opening).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' })
    })

    test('STO25 an open that never settles is STORAGE_BLOCKED after a bounded wait, and the next step tries again', async () => {
      vi.useFakeTimers()
      const request = fakeRequest()
      const spy = vi.spyOn(indexedDB, 'open').mockReturnValueOnce(request)
      const storage = open(freshName())
      const step = put(storage, 'row', 1)
      const refused = expect(step).rejects.toMatchObject({ code: 'STORAGE_BLOCKED' })
      await vi.advanceTimersByTimeAsync(10_000)
      await refused
      vi.useRealTimers()
      // What opens after that is closed at once: nobody would ever close it.
      const close = vi.fn()
      Object.defineProperty(request, 'result', { value: { close } })
      request.onsuccess?.(new Event('success'))
      expect(close).toHaveBeenCalledOnce()
      await put(storage, 'row', 1)
      expect(spy).toHaveBeenCalledTimes(2)
    })

    test('STO26 a connection that ended long ago does not take the present one with it', async () => {
      const handles = watchHandles()
      const storage = open(freshName())
      await put(storage, 'row', 1)
      handles[0]?.close()
      await put(storage, 'row', 2)
      handles[0]?.onclose?.call(handles[0], new Event('close'))
      await put(storage, 'row', 3)
      expect(handles).toHaveLength(2)
    })

    test('STO27 a step that outlives its transaction fails as a storage error', async () => {
      const storage = open(freshName())
      const step = storage.write('relaxed', async (transaction) => {
        transaction.put(['early'], 1)
        await new Promise((resolve) => setTimeout(resolve, 20))
        transaction.put(['late'], 2)
      })
      await expect(step).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
      expect(await get(storage, 'late')).toBeUndefined()
    })
  })
}
