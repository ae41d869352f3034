import { describe, expect, test } from 'vitest'
import { applyPage, startRun } from '../../src/stores/pages.ts'
import { Device, deletionOf, pageOf, refusal, rowOf } from '../support/store-harness.ts'

const PET = { name: 'Bella', species: 'dog', clientId: 1 }

const withRows = async (): Promise<Device> => {
  const device = await Device.open()
  await device.receive({ entities: [rowOf('client', 1, 3, { name: 'Ada' }), rowOf('pet', 10, 5, PET)] })
  return device
}

const rowsOf = async (device: Device, kind: string) =>
  (await device.dump()).filter(([key]) => key[0] === kind).map(([key]) => key.slice(1))

const rowAt = async (device: Device, id: number) =>
  (await device.dump()).find(([key]) => key[0] === 'entity' && key[2] === id)?.[1]

describe('a page', () => {
  test('DWN1 rows and cursor are one step: a page that fails leaves both as they were', async () => {
    const device = await withRows()
    const before = await device.dump()
    const asked = await device.ask()
    const step = device.store.write('relaxed', async (unit) => {
      await applyPage(
        unit,
        asked,
        pageOf({ cursor: 'c1.9', entities: [rowOf('client', 2, 1, { name: 'x' })] }),
      )
      throw new Error('the tab died')
    })
    await expect(step).rejects.toThrow('the tab died')
    expect(await device.dump()).toEqual(before)
  })

  test('DWN2 it never overwrites what is pending: the row becomes the ground under it', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    await device.receive({
      cursor: 'c1.2',
      entities: [rowOf('pet', 10, 6, { ...PET, species: 'wolf', weightKg: 3 })],
    })
    expect(await device.get('pet', 10)).toMatchObject({
      data: { name: 'Bea', species: 'wolf', weightKg: 3 },
      status: 'pending',
      version: 6,
    })
    expect(await device.conflicts()).toEqual([])
  })

  test('DWN3 it is refused while anything is sent, and nothing of it is written, not even the cursor', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    const asked = await device.ask()
    await device.claim()
    const before = await device.dump()
    const page = pageOf({ cursor: 'c1.2', entities: [rowOf('client', 1, 4, { name: 'Eve' })] })
    expect(await device.page(asked, page)).toEqual({ applied: 0, hasMore: true, isStale: true })
    expect(await device.page(await device.ask(), page)).toMatchObject({ isStale: true })
    expect(await device.dump()).toEqual(before)
  })

  test('DWN4 it is refused where the sync count moved since it was asked: a settle, another page, a reset', async () => {
    const moves: ((device: Device) => Promise<unknown>)[] = [
      async (device) => {
        await device.update('pet', 10, { name: 'Bea' })
        await device.settleWith([{ entityId: 10, version: 6 }])
      },
      async (device) => await device.receive({ cursor: 'c1.5', entities: [rowOf('pet', 10, 6, PET)] }),
      async (device) => await device.step(async (unit) => startRun(unit)),
    ]
    for (const move of moves) {
      const device = await withRows()
      const asked = await device.ask()
      await move(device)
      const before = await device.dump()
      const old = pageOf({ cursor: 'c1.2', entities: [rowOf('pet', 10, 9, { name: 'stale', clientId: 1 })] })
      expect(await device.page(asked, old)).toMatchObject({ isStale: true, applied: 0 })
      const reset = pageOf({ cursor: null, reset: { reason: 'cursor_expired' }, hasMore: true })
      expect(await device.page(asked, reset)).toMatchObject({ isStale: true })
      expect(await device.dump()).toEqual(before)
    }
  })

  test('DWN5 a write of a person between question and answer does not refuse it', async () => {
    const device = await withRows()
    const asked = await device.ask()
    await device.update('pet', 10, { name: 'Bea' })
    await device.page(asked, pageOf({ cursor: 'c1.2', entities: [rowOf('client', 1, 4, { name: 'Eve' })] }))
    expect(await device.shown('client', 1)).toEqual({ name: 'Eve' })
  })

  test('DWN6 a tombstone removes a clean row and its references, and lies under a dirty one', async () => {
    const device = await withRows()
    await device.update('client', 1, { phone: '1' })
    await device.receive({
      cursor: 'c1.2',
      deletions: [deletionOf('pet', 10, 6), deletionOf('client', 1, 4)],
    })
    expect(await device.get('pet', 10)).toBeUndefined()
    expect(await rowsOf(device, 'ref')).toEqual([])
    expect(await device.get('client', 1)).toMatchObject({
      data: { name: 'Ada', phone: '1' },
      status: 'conflict',
      version: 4,
    })
    expect(await device.conflict()).toMatchObject({
      kind: 'update-delete',
      reason: 'deleted',
      fields: ['phone'],
    })
  })

  test('DWN7 a tombstone of a lower version than the row known is old news', async () => {
    const device = await withRows()
    await device.receive({ cursor: 'c1.2', deletions: [deletionOf('pet', 10, 4)] })
    expect(await device.shown('pet', 10)).toEqual(PET)
  })

  test('DWN8 a child may come before its parent', async () => {
    const device = await Device.open()
    await device.receive({ hasMore: true, entities: [rowOf('pet', 10, 5, PET)] })
    await device.receive({ cursor: 'c1.2', entities: [rowOf('client', 1, 1, { name: 'Ada' })] })
    expect(await rowsOf(device, 'ref')).toEqual([['client', 1, 'pet', 10, 'clientId']])
  })

  test('DWN9 unknown types and rows that cannot be read are kept aside, not skipped, and leave when they can be read', async () => {
    const device = await withRows()
    const good = rowOf('client', 4, 1, { name: 'Zoe' })
    const bad = [
      { ...good, data: 'text' },
      { ...rowOf('pet', 10, 6, PET), version: 'six' },
      rowOf('invoice', 5, 1, { total: 3 }),
      rowOf('client', 'text-id', 1, { name: 'x' }),
    ]
    await device.receive({ cursor: 'c1.2', entities: bad as never })
    expect(await rowsOf(device, 'quarantine')).toEqual([
      ['client', 4],
      ['client', 'text-id'],
      ['invoice', 5],
      ['pet', 10],
    ])
    expect(await device.shown('pet', 10)).toEqual(PET)
    await device.receive({ cursor: 'c1.3', entities: [good, rowOf('pet', 10, 6, { ...PET, name: 'Bea' })] })
    expect(await rowsOf(device, 'quarantine')).toEqual([
      ['client', 'text-id'],
      ['invoice', 5],
    ])
    expect(await device.shown('client', 4)).toEqual({ name: 'Zoe' })
    await device.receive({ cursor: 'c1.4', deletions: [deletionOf('invoice', 5, 2)] })
    expect(await rowsOf(device, 'quarantine')).toEqual([['client', 'text-id']])
  })

  test('DWN10 a deletion that cannot be read is kept aside, too', async () => {
    const device = await withRows()
    await device.receive({
      cursor: 'c1.2',
      deletions: [{ ...deletionOf('pet', 10, 6), reason: 'moved' }] as never,
    })
    expect(await rowsOf(device, 'quarantine')).toEqual([['pet', 10]])
  })

  test('DWN11 an idle poll that brought nothing writes nothing', async () => {
    const device = await withRows()
    const before = await device.dump()
    await device.receive({})
    expect(await device.dump()).toEqual(before)
  })
})

describe('runs and resets', () => {
  test('DWN12 a reset starts a run from null and keeps the outbox, rows and conflicts', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    await device.create('client', { name: 'Eve' })
    const before = (await device.dump()).filter(([key]) => key[0] !== 'meta')
    await device.receive({ cursor: null, reset: { reason: 'cursor_expired' }, hasMore: true })
    const { sync } = await device.state()
    expect(sync).toMatchObject({ cursor: null, run: 2, isStored: false, isComplete: false })
    expect((await device.dump()).filter(([key]) => key[0] !== 'meta')).toEqual(before)
  })

  test('DWN13 a reset is taken even while something is sent', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    await device.claim()
    const answer = { cursor: null, reset: { reason: 'epoch_changed' as const }, hasMore: true }
    expect(await device.receive(answer)).toMatchObject({ isStale: false, hasMore: true })
    expect((await device.state()).sync.cursor).toBeNull()
  })

  test('DWN14 at the end of a run clean rows that it did not bring go; dirty ones stay until their list is empty', async () => {
    const device = await withRows()
    await device.receive({
      cursor: 'c1.2',
      entities: [
        rowOf('client', 2, 1, { name: 'gone' }),
        rowOf('pet', 11, 1, { name: 'dirty', clientId: 1 }),
      ],
    })
    await device.update('pet', 11, { name: 'Dirty' })
    await device.receive({ cursor: null, reset: { reason: 'cursor_expired' }, hasMore: true })
    await device.receive({
      cursor: 'c2.1',
      hasMore: true,
      entities: [rowOf('client', 1, 3, { name: 'Ada' })],
    })
    expect(await device.shown('client', 2)).toEqual({ name: 'gone' })
    await device.receive({ cursor: 'c2.2', entities: [rowOf('pet', 10, 5, PET)] })
    expect(await device.shown('client', 2)).toBeUndefined()
    expect(await device.shown('pet', 10)).toEqual(PET)
    expect(await device.shown('pet', 11)).toMatchObject({ name: 'Dirty' })
    await device.discard((await device.operations())[0]?.seq ?? 0)
    expect(await device.shown('pet', 11)).toBeUndefined()
  })

  test('DWN15 a dirty row stays where an answer gave it the present run', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    await device.receive({ cursor: null, reset: { reason: 'cursor_expired' }, hasMore: true })
    await device.receive({ cursor: 'c2.1', entities: [rowOf('client', 1, 3, { name: 'Ada' })] })
    await device.settleWith([{ entityId: 10, version: 6 }])
    expect(await device.get('pet', 10)).toMatchObject({ data: { name: 'Bea' }, status: 'synced' })
  })

  test('DWN16 what is settled before the first page of a run is stored is brought by the run, or goes with it', async () => {
    const device = await Device.open()
    const id = await device.create('client', { name: 'Eve' })
    await device.settleWith([{ entityId: 7, version: 1 }])
    expect(await device.shown('client', id)).toEqual({ name: 'Eve' })
    await device.receive({ entities: [rowOf('client', 7, 1, { name: 'Eve' })] })
    expect(await device.shown('client', id)).toEqual({ name: 'Eve' })
    const other = await Device.open()
    await other.create('client', { name: 'Eve' })
    await other.settleWith([{ entityId: 7, version: 1 }])
    await other.receive({ entities: [] })
    expect(await other.list('client')).toEqual([])
  })

  test('DWN17 a run that the tab dies in goes on from its cursor', async () => {
    const device = await Device.open()
    await device.receive({
      cursor: 'c1.1',
      hasMore: true,
      entities: [rowOf('client', 1, 1, { name: 'Ada' })],
    })
    await device.reopen()
    expect((await device.ask()).cursor).toBe('c1.1')
    await device.receive({ cursor: 'c1.2', entities: [rowOf('client', 2, 1, { name: 'Bob' })] })
    expect((await device.list('client')).map((record) => record.id)).toEqual([1, 2])
  })

  test('DWN18 a hidden row goes at once where it is clean, and when its list is empty where it is dirty', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    await device.receive({
      cursor: 'c1.2',
      deletions: [deletionOf('client', 1, 3, 'hidden'), deletionOf('pet', 10, 5, 'hidden')],
    })
    expect(await device.get('client', 1)).toBeUndefined()
    expect(await device.get('pet', 10)).toMatchObject({ data: { name: 'Bea' }, status: 'pending' })
    await device.settleWith([refusal('FORBIDDEN')])
    await device.discard((await device.operations())[0]?.seq ?? 0)
    expect(await device.get('pet', 10)).toBeUndefined()
  })

  test('DWN19 an answer without a row does not make a hidden row stay', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    await device.settleWith([
      {
        status: 'conflict',
        conflict: {
          conflictId: 3,
          state: 'open',
          reason: 'changed',
          fields: ['name'],
          serverData: { ...PET, name: 'Bo' },
          serverVersion: 6,
        },
      },
    ])
    await device.decide((await device.conflict()).id, 'server-wins')
    await device.receive({ cursor: 'c1.2', deletions: [deletionOf('pet', 10, 6, 'hidden')] })
    await device.settleWith([{ status: 'applied' }])
    expect(await device.get('pet', 10)).toBeUndefined()
    expect(await rowAt(device, 10)).toBeUndefined()
  })

  test('DWN20 a download that does not get on is malformed: asked again at once, the same would come', async () => {
    const device = await withRows()
    const before = await device.dump()
    const cursor = (await device.ask()).cursor
    await expect(device.receive({ cursor, hasMore: true })).rejects.toMatchObject({
      code: 'MALFORMED_ANSWER',
    })
    expect(await device.dump()).toEqual(before)
    const reset = { cursor: null, reset: { reason: 'cursor_expired' as const }, hasMore: true }
    await device.receive(reset)
    await expect(device.receive(reset)).rejects.toMatchObject({ code: 'MALFORMED_ANSWER' })
  })
})
