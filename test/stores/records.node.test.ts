import { describe, expect, test } from 'vitest'
import { memoryStorage } from '../../src/adapters/memory-storage.ts'
import { STORE_FORMAT, Store } from '../../src/stores/store.ts'
import type { Changes } from '../../src/stores/unit.ts'
import { createRecord, deleteRecord, updateRecord } from '../../src/stores/writes.ts'
import { practice } from '../support/practice.ts'
import { QuickStorage } from '../support/quick-storage.ts'
import { manualClock, seededIds } from '../support/seeded.ts'
import { answerOf, closedOf, Device, deletionOf, refusal, rowOf } from '../support/store-harness.ts'

const PET = { name: 'Bella', species: 'dog', clientId: 1 }

/** A conflict known to the server as 7, a refused update, a new client with a pet, an edit of a row: one of everything. */
const busy = async (): Promise<{ device: Device; storage: QuickStorage }> => {
  const storage = new QuickStorage(true)
  const device = await Device.open({ quick: storage })
  await device.receive({
    entities: [
      rowOf('client', 1, 3, { name: 'Ada' }),
      rowOf('pet', 10, 5, PET),
      rowOf('pet', 11, 5, PET),
      rowOf('pet', 12, 5, PET),
    ],
  })
  await device.update('pet', 10, { name: 'Bea' })
  await device.update('pet', 11, { name: 'Rex' })
  const conflict = {
    conflictId: 7,
    state: 'open' as const,
    serverData: { ...PET, name: 'Bo' },
    serverVersion: 6,
    fields: ['name'],
  }
  await device.settleWith([{ status: 'conflict', conflict }, refusal('VALIDATION')])
  const owner = await device.create('client', { name: 'Eve' })
  await device.create('pet', { name: 'Kitty', clientId: owner })
  await device.update('pet', 12, { clientId: owner })
  return { device, storage }
}

describe('a step is all or nothing, whatever write of it fails', () => {
  const steps: [string, (device: Device) => Promise<unknown>][] = [
    ['create', (device) => device.create('pet', { name: 'x', clientId: 1 })],
    ['update', (device) => device.update('pet', 10, { species: 'cat' })],
    ['update that takes over from a refused one', (device) => device.update('pet', 11, { name: 'Max' })],
    ['delete', (device) => device.delete('pet', 11)],
    ['claim', (device) => device.claim()],
    ['retry', async (device) => await device.retry((await device.operations())[1]?.seq ?? 0)],
    ['discard', async (device) => await device.discard((await device.operations())[1]?.seq ?? 0)],
    ['server-wins', async (device) => await device.decide((await device.conflict()).id, 'server-wins')],
    ['client-wins', async (device) => await device.decide((await device.conflict()).id, 'client-wins')],
    [
      'a page with rows, deletions and a closed conflict',
      async (device) =>
        await device.receive({
          cursor: 'c1.9',
          entities: [
            rowOf('client', 2, 1, { name: 'Zoe' }),
            { ...rowOf('pet', 13, 1, PET), version: 'x' } as never,
          ],
          deletions: [deletionOf('pet', 11, 6)],
          closedConflicts: [closedOf(7, 'pet', 10)],
        }),
    ],
    [
      'a reset',
      async (device) =>
        await device.receive({ cursor: null, reset: { reason: 'cursor_expired' }, hasMore: true }),
    ],
  ]

  test.each(steps)('REC1 %s', async (_label, step) => {
    for (let at = 0; ; at++) {
      const { device, storage } = await busy()
      const before = JSON.stringify(await device.dump())
      storage.failAt = at
      const outcome = await step(device).then(
        () => 'done',
        (error: Error) => error.message,
      )
      storage.failAt = null
      if (outcome === 'done') {
        expect(at).toBeGreaterThan(0)
        return
      }
      expect(outcome).toBe('the disk failed')
      expect(JSON.stringify(await device.dump())).toBe(before)
      await device.reopen()
      await step(device)
      expect(JSON.stringify(await device.dump())).not.toBe(before)
    }
  })

  test('REC2 a settle that moves ids', async () => {
    for (let at = 0; ; at++) {
      const { device, storage } = await busy()
      const batch = await device.claimed()
      const answer = answerOf(batch, [
        { entityId: 20, version: 1 },
        { entityId: 30, version: 1 },
        { entityId: 12, version: 6 },
      ])
      const before = JSON.stringify(await device.dump())
      storage.failAt = at
      const outcome = await device.settle(batch, answer).then(
        () => 'done',
        () => 'failed',
      )
      storage.failAt = null
      if (outcome === 'done') {
        expect(at).toBeGreaterThan(10)
        expect(await device.shown('pet', 12)).toMatchObject({ clientId: 20 })
        return
      }
      expect(JSON.stringify(await device.dump())).toBe(before)
      expect(JSON.stringify(await device.claimed())).toBe(JSON.stringify(batch))
    }
  })

  test('REC3 several writes in one step see each other, and fail together', async () => {
    const { device } = await busy()
    const before = JSON.stringify((await device.dump()).filter(([key]) => key[0] !== 'meta'))
    const [client, pet] = [device.type('client'), device.type('pet')]
    const work = async (fails: boolean) =>
      await device.step(async (unit) => {
        const owner = await createRecord(unit, client, { name: 'Fay' })
        const child = await createRecord(unit, pet, { name: 'a', clientId: owner.id })
        await updateRecord(unit, pet, child.id, { name: 'b' })
        await updateRecord(unit, pet, child.id, { name: 'a' })
        await updateRecord(unit, pet, 10, { weightKg: 1 })
        await updateRecord(unit, pet, 10, { weightKg: 2 })
        await deleteRecord(unit, pet, 11)
        await expect(updateRecord(unit, pet, 11, { name: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
        await updateRecord(unit, pet, child.id, { clientId: 1 })
        await deleteRecord(unit, client, owner.id)
        if (fails) throw new Error('no')
        return child.id
      })
    await expect(work(true)).rejects.toThrow('no')
    expect(JSON.stringify((await device.dump()).filter(([key]) => key[0] !== 'meta'))).toBe(before)
    const child = await work(false)
    expect(await device.shown('pet', child)).toEqual({ name: 'a', clientId: 1 })
    expect(await device.shown('pet', 10)).toMatchObject({ weightKg: 2 })
    expect(await device.get('pet', 11)).toBeUndefined()
    expect((await device.list('client')).map(({ data }) => data.name)).toEqual(['Ada', 'Eve'])
  })
})

test('REC3 what a step moved away from a record keeps it no longer', async () => {
  const { device } = await busy()
  await device.receive({
    cursor: 'c1.5',
    entities: [rowOf('client', 2, 1, { name: 'Zoe' }), rowOf('pet', 14, 1, { ...PET, clientId: 2 })],
  })
  await device.step(async (unit) => {
    await updateRecord(unit, device.type('pet'), 14, { clientId: 1 })
    await deleteRecord(unit, device.type('client'), 2)
  })
  expect((await device.operations()).slice(-2)).toMatchObject([
    { type: 'update' },
    { type: 'delete', entityId: 2 },
  ])
})

describe('opening', () => {
  const open = (storage: QuickStorage, name = 'a') =>
    new Store(storage, practice as never, seededIds(name, 1), manualClock())

  test('REC4 opening touches no operation and nothing else that is there', async () => {
    const { device } = await busy()
    await device.claim()
    const before = await device.dump()
    await device.reopen()
    expect(await device.dump()).toEqual(before)
  })

  test('REC5 a store of newer code is refused, and left as it is', async () => {
    const storage = new QuickStorage()
    await storage.write('strict', async (transaction) =>
      transaction.put(['meta', 'format'], { format: STORE_FORMAT + 1, identity: 'x' }),
    )
    const before = storage.dump()
    await expect(open(storage).open()).rejects.toMatchObject({ code: 'FORMAT_TOO_NEW' })
    expect(storage.dump()).toEqual(before)
  })

  test('REC6 a store that was removed or replaced while it was open answers STORE_LOST and writes nothing', async () => {
    const storage = new QuickStorage()
    const store = open(storage)
    await store.open()
    storage.rows.clear()
    await expect(store.state()).rejects.toMatchObject({ code: 'STORE_LOST' })
    await expect(store.write('strict', async () => 1)).rejects.toMatchObject({ code: 'STORE_LOST' })
    expect(storage.dump()).toEqual([])
    await open(storage, 'b').open()
    await expect(store.write('strict', async () => 1)).rejects.toMatchObject({ code: 'STORE_LOST' })
  })

  test('REC7 two stores on one storage see each other at once', async () => {
    const storage = memoryStorage()
    const one = await Device.open({ storage })
    const two = await Device.open({ storage, seed: 2 })
    const id = await one.create('client', { name: 'Ada' })
    expect(await two.shown('client', id)).toEqual({ name: 'Ada' })
    await two.update('client', id, { phone: '1' })
    expect((await one.claimed()).operations).toMatchObject([{ data: { name: 'Ada', phone: '1' } }])
    expect((await two.claimed()).operations).toHaveLength(1)
  })

  test('REC8 after close nothing is written, and what was under way is', async () => {
    const storage = memoryStorage()
    const device = await Device.open({ storage })
    const writing = device.store.write('strict', (unit) =>
      createRecord(unit, device.type('client'), { name: 'Ada' }),
    )
    await device.store.close()
    await writing
    await expect(device.store.write('strict', async () => 1)).rejects.toMatchObject({ code: 'STOPPED' })
    const again = await Device.open({ storage, seed: 2 })
    expect(await again.list('client')).toHaveLength(1)
  })
})

describe('what watchers are told', () => {
  test('REC9 records, operations, conflicts and ids that a commit changed; nothing of a step that failed or changed nothing', async () => {
    const { device } = await busy()
    const heard: Changes[] = []
    const stop = device.store.subscribe((changes) => heard.push(changes))
    await device.update('pet', 12, { name: 'Bella' })
    await expect(device.update('pet', 99, {})).rejects.toThrow()
    expect(heard).toMatchObject([{ records: [], operations: false, conflicts: false, mapped: [] }])
    const batch = await device.claimed()
    await device.answer(batch, [{ entityId: 20, version: 1 }, {}, {}].slice(0, 1))
    const last = heard.at(-1)
    expect(last?.mapped).toMatchObject([{ realId: 20, entityType: 'client' }])
    expect(last?.records).toEqual(
      expect.arrayContaining([
        { type: 'client', id: 20 },
        { type: 'client', id: batch.operations[0]?.entityId },
        { type: 'pet', id: 12 },
      ]),
    )
    stop()
    await device.create('client', { name: 'x' })
    expect(heard.at(-1)).toBe(last)
  })

  test('REC10 a watcher that throws makes no write fail, and keeps no other from hearing of it', async () => {
    const { device } = await busy()
    const errors: unknown[] = []
    const catching = (error: unknown) => errors.push(error)
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', catching)
    try {
      let heard = 0
      device.store.subscribe(() => {
        throw new Error('mine')
      })
      device.store.subscribe(() => heard++)
      await device.update('pet', 12, { name: 'Max' })
      await new Promise((resolve) => setTimeout(resolve, 5))
      expect(heard).toBe(1)
      expect(errors).toEqual([new Error('mine')])
    } finally {
      process.removeListener('uncaughtException', catching)
      for (const listener of listeners) process.on('uncaughtException', listener)
    }
  })
})
