import { afterEach, describe, expect, test } from 'vitest'
import type { StorageFactory, StorageKey, StoragePort, StorageTransaction } from '../../src/ports/storage.ts'

let counter = 0

/** Names of one run never meet those of another: browser databases outlive a test. */
export const freshName = (): string => `synchart:["contract","${Date.now()}-${counter++}"]`

const put = async (storage: StoragePort, key: StorageKey, value: unknown): Promise<void> =>
  await storage.write('relaxed', async (transaction) => transaction.put(key, value))

const everything = async (storage: StoragePort): Promise<(readonly [StorageKey, unknown])[]> =>
  await storage.read((transaction) => transaction.list([]))

/** What every storage behind the port must do; the stores rest on nothing else. */
export const describeStorageContract = (name: string, makeFactory: () => StorageFactory): void => {
  const opened: StoragePort[] = []
  const open = (factory: StorageFactory, store: string): StoragePort => {
    const storage = factory(store)
    opened.push(storage)
    return storage
  }
  const fresh = () => open(makeFactory(), freshName())

  afterEach(async () => {
    for (const storage of opened.splice(0)) await storage.close()
  })

  describe(`${name}: a step is all or nothing`, () => {
    test.each([0, 1, 2, 3])('STO1 a throw after %i writes leaves none of them', async (at) => {
      const storage = fresh()
      await put(storage, ['kept'], 1)
      const cause = new Error('changed my mind')
      const step = storage.write('strict', async (transaction) => {
        for (let index = 0; index < 3; index++) {
          if (index === at) throw cause
          if (index === 1) transaction.delete(['kept'])
          else transaction.put(['new', index + 1], index)
          await transaction.get(['kept'])
        }
        throw cause
      })
      await expect(step).rejects.toBe(cause)
      expect(await everything(storage)).toEqual([[['kept'], 1]])
    })

    test.each([
      ['a function', () => undefined],
      ['a symbol', Symbol('x')],
      ['a function deep inside', { a: [{ b: () => undefined }] }],
    ])('STO2 a value that cannot be cloned (%s) at any position leaves nothing', async (_label, bad) => {
      const storage = fresh()
      for (const at of [0, 1, 2]) {
        const step = storage.write('strict', async (transaction) => {
          for (let index = 0; index < 3; index++)
            transaction.put(['row', index + 1], index === at ? bad : index)
        })
        await expect(step).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
        expect(await everything(storage)).toEqual([])
      }
    })

    test.each([
      ['undefined', undefined],
      ['null', null],
      ['NaN', Number.NaN],
      ['true', true],
      ['an object', {}],
    ])('STO3 a key with %s in any position is refused, and nothing is left', async (_label, bad) => {
      const storage = fresh()
      for (const at of [0, 1, 2]) {
        const key = ['a', 'b', 'c'].map((part, index) => (index === at ? bad : part)) as unknown as StorageKey
        const step = storage.write('strict', async (transaction) => {
          transaction.put(['good'], 1)
          transaction.put(key, 1)
        })
        await expect(step).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
        expect(await everything(storage)).toEqual([])
      }
    })

    test('STO4 the error of the step itself reaches the caller as it is', async () => {
      const storage = fresh()
      const cause = new RangeError('mine')
      await expect(storage.read(() => Promise.reject(cause))).rejects.toBe(cause)
      await expect(storage.write('relaxed', () => Promise.reject(cause))).rejects.toBe(cause)
    })

    test('STO5 a step after a failed one works', async () => {
      const storage = fresh()
      await expect(storage.write('strict', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
      await put(storage, ['after'], 1)
      expect(await everything(storage)).toEqual([[['after'], 1]])
    })
  })

  describe(`${name}: keys`, () => {
    test('STO6 lists in key order: numbers by value before strings, short tuples before longer ones', async () => {
      const storage = fresh()
      const ordered: StorageKey[] = [
        ['k', Number.MIN_SAFE_INTEGER],
        ['k', -10],
        ['k', -2],
        ['k', 0],
        ['k', 1],
        ['k', 2],
        ['k', 3],
        ['k', 9],
        ['k', 10],
        ['k', 99],
        ['k', 100],
        ['k', 2 ** 53 - 2],
        ['k', Number.MAX_SAFE_INTEGER],
        ['k', '10'],
        ['k', '9'],
        ['k', 'a'],
        ['k', 'a', 1],
        ['k', 'a', 'b'],
        ['k', 'aa'],
        ['k', 'b'],
        ['k', '\u{1F43E}'],
        ['k', '\uFFFD'],
      ]
      await storage.write('relaxed', async (transaction) => {
        for (const key of [...ordered].reverse()) transaction.put(key, key)
      })
      expect((await everything(storage)).map(([key]) => key)).toEqual(ordered)
      expect(await storage.read((transaction) => transaction.listKeys(['k']))).toEqual(ordered)
    })

    test('STO7 a prefix matches whole parts only', async () => {
      const storage = fresh()
      await storage.write('relaxed', async (transaction) => {
        transaction.put(['entity', 'pet', 1], 'a')
        transaction.put(['entity', 'pet', 'x'], 'b')
        transaction.put(['entity', 'pets', 1], 'c')
        transaction.put(['entity', 'pe', 1], 'd')
        transaction.put(['entity', 'pet2', 1], 'e')
      })
      const keysOf = (prefix: StorageKey) => storage.read((transaction) => transaction.listKeys(prefix))
      expect(await keysOf(['entity', 'pet'])).toEqual([
        ['entity', 'pet', 1],
        ['entity', 'pet', 'x'],
      ])
      expect(await keysOf(['entity', 'pe'])).toEqual([['entity', 'pe', 1]])
      expect(await keysOf(['ent'])).toEqual([])
    })

    test('STO8 7 and "7" are two keys', async () => {
      const storage = fresh()
      await put(storage, ['id', 7], 'number')
      await put(storage, ['id', '7'], 'text')
      await storage.read(async (transaction) => {
        expect(await transaction.get(['id', 7])).toBe('number')
        expect(await transaction.get(['id', '7'])).toBe('text')
        expect(await transaction.list(['id', 7])).toEqual([[['id', 7], 'number']])
      })
    })

    test('STO9 a thousand neighbouring integers are a thousand keys', async () => {
      const storage = fresh()
      await storage.write('relaxed', async (transaction) => {
        for (let id = 1; id <= 1000; id++) transaction.put(['op', id], id)
      })
      const rows = await storage.read((transaction) => transaction.list(['op']))
      expect(rows.map(([, value]) => value)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1))
    })
  })

  describe(`${name}: what a step sees`, () => {
    test('STO10 a read sees every write that resolved before it', async () => {
      const storage = fresh()
      for (let round = 1; round <= 30; round++) {
        await put(storage, ['n'], round)
        expect(await storage.read((transaction) => transaction.get(['n']))).toBe(round)
      }
    })

    test('STO11 a write step sees its own puts and deletes, in gets and lists', async () => {
      const storage = fresh()
      await put(storage, ['a', 1], 'old')
      await put(storage, ['a', 2], 'old')
      await storage.write('relaxed', async (transaction) => {
        transaction.put(['a', 1], 'new')
        transaction.delete(['a', 2])
        transaction.put(['a', 3], 'new')
        expect(await transaction.get(['a', 1])).toBe('new')
        expect(await transaction.get(['a', 2])).toBeUndefined()
        expect(await transaction.list(['a'])).toEqual([
          [['a', 1], 'new'],
          [['a', 3], 'new'],
        ])
        expect(await transaction.listKeys(['a'])).toEqual([
          ['a', 1],
          ['a', 3],
        ])
        expect(
          await transaction.getMany([
            ['a', 3],
            ['a', 2],
            ['a', 1],
          ]),
        ).toEqual(['new', undefined, 'new'])
      })
    })

    test('STO12 read-modify-write is serialised over two connections', async () => {
      const factory = makeFactory()
      const store = freshName()
      const connections = [open(factory, store), open(factory, store)]
      const increment = async (transaction: StorageTransaction) => {
        const count = ((await transaction.get(['count'])) as number | undefined) ?? 0
        transaction.put(['count'], count + 1)
      }
      await Promise.all(
        connections.flatMap((storage) =>
          Array.from({ length: 200 }, () => storage.write('relaxed', increment)),
        ),
      )
      expect(await (connections[0] as StoragePort).read((transaction) => transaction.get(['count']))).toBe(
        400,
      )
    })

    test('STO13 what is read or written is a copy: changing it changes no row', async () => {
      const storage = fresh()
      const value = { list: [1], inner: { a: 1 } }
      await storage.write('relaxed', async (transaction) => {
        transaction.put(['row'], value)
        value.inner.a = 2
        value.list.push(2)
      })
      value.inner.a = 3
      const mutate = (found: unknown) => {
        const row = found as typeof value
        expect(row).toEqual({ list: [1], inner: { a: 1 } })
        row.inner.a = 4
        row.list.length = 0
      }
      await storage.read(async (transaction) => {
        mutate(await transaction.get(['row']))
        mutate((await transaction.getMany([['row']]))[0])
        mutate((await transaction.list(['row']))[0]?.[1])
      })
      expect(await everything(storage)).toEqual([[['row'], { list: [1], inner: { a: 1 } }]])
    })
  })

  describe(`${name}: stores and connections`, () => {
    test('STO14 rows outlive the connection that wrote them', async () => {
      const factory = makeFactory()
      const store = freshName()
      const first = open(factory, store)
      await put(first, ['row'], { a: 1 })
      await first.close()
      expect(await everything(open(factory, store))).toEqual([[['row'], { a: 1 }]])
    })

    test('STO15 two names never meet', async () => {
      const factory = makeFactory()
      const [a, b] = [freshName(), freshName()]
      await put(open(factory, a), ['row'], 'a')
      await put(open(factory, b), ['row'], 'b')
      expect(await everything(open(factory, a))).toEqual([[['row'], 'a']])
      expect(await everything(open(factory, b))).toEqual([[['row'], 'b']])
    })

    test('STO16 a closed storage answers STOPPED and writes nothing', async () => {
      const factory = makeFactory()
      const store = freshName()
      const storage = open(factory, store)
      await put(storage, ['row'], 1)
      await storage.close()
      await expect(put(storage, ['row'], 2)).rejects.toMatchObject({ code: 'STOPPED' })
      await expect(everything(storage)).rejects.toMatchObject({ code: 'STOPPED' })
      expect(await everything(open(factory, store))).toEqual([[['row'], 1]])
      await storage.close()
    })

    test('STO17 closing waits for the steps under way', async () => {
      const factory = makeFactory()
      const store = freshName()
      const storage = open(factory, store)
      await put(storage, ['row'], 0)
      let isDone = false
      const step = storage
        .write('relaxed', async (transaction) => {
          for (let round = 0; round < 20; round++) await transaction.get(['row'])
          transaction.put(['row'], 1)
        })
        .then(() => {
          isDone = true
        })
      await storage.close()
      // The caller's promise may need a few more turns of the microtask queue, but nothing that takes time.
      await new Promise((resolve) => setTimeout(resolve, 0))
      expect(isDone).toBe(true)
      await step
      expect(await everything(open(factory, store))).toEqual([[['row'], 1]])
    })
  })
}
