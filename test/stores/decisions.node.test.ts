import { describe, expect, test } from 'vitest'
import type { ConflictVerdict, OperationResult } from '../../src/protocol/messages.ts'
import { Device, deletionOf, rowOf } from '../support/store-harness.ts'

const PET = { name: 'Bella', species: 'dog', clientId: 1 }

const withRows = async (): Promise<Device> => {
  const device = await Device.open()
  await device.receive({ entities: [rowOf('client', 1, 3, { name: 'Ada' }), rowOf('pet', 10, 5, PET)] })
  return device
}

const conflictWith = (verdict: Partial<ConflictVerdict>): Partial<OperationResult> => ({
  status: 'conflict',
  conflict: {
    conflictId: 7,
    state: 'open',
    reason: 'changed',
    fields: ['name'],
    serverVersion: 6,
    ...verdict,
  },
})

const theirs = { ...PET, name: 'Bo' }

/** `Bea` here, `Bo` there; the server knows the conflict as 7, or nobody but this device does. */
const updateUpdate = async (isServers: boolean): Promise<Device> => {
  const device = await withRows()
  await device.update('pet', 10, { name: 'Bea' })
  if (isServers) await device.settleWith([conflictWith({ serverData: theirs })])
  else await device.receive({ cursor: 'c1.2', entities: [rowOf('pet', 10, 6, theirs)] })
  return device
}

const kinds = async (device: Device) =>
  (await device.operations()).map((operation) => `${operation.type} ${operation.state}`)

/** Everything but the counters and the journal. */
const essence = async (device: Device) =>
  (await device.dump()).filter(([key]) => key[0] !== 'meta' && key[0] !== 'history')

describe('a decision', () => {
  for (const isServers of [true, false]) {
    const where = isServers ? 'known to the server' : 'of this device'

    test(`CON11 server-wins, update-update, ${where}`, async () => {
      const device = await updateUpdate(isServers)
      await device.update('pet', 10, { weightKg: 4 })
      const { id } = await device.conflict()
      await device.decide(id, 'server-wins')
      expect(await device.history()).toMatchObject([
        {
          conflictId: id,
          decidedBy: 'person',
          strategy: 'server-wins',
          localData: { name: 'Bea', weightKg: 4 },
          serverData: theirs,
        },
      ])
      expect((await device.history())[0]?.operations).toHaveLength(2)
      expect(await device.shown('pet', 10)).toEqual(theirs)
      if (isServers) {
        const batch = await device.claimed()
        expect(batch.operations).toMatchObject([
          { type: 'update', data: {}, base: {}, baseVersion: 6, conflictId: 7 },
        ])
        await device.answer(batch, [{ entityId: 10, version: 6 }])
      }
      expect(await kinds(device)).toEqual([])
      expect(await device.conflicts()).toEqual([])
      expect(await device.get('pet', 10)).toMatchObject({ status: 'synced', version: 6, data: theirs })
    })

    test(`CON12 client-wins, update-update, ${where}`, async () => {
      const device = await updateUpdate(isServers)
      await device.update('pet', 10, { weightKg: 4 })
      await device.decide((await device.conflict()).id, 'client-wins')
      const batch = await device.claimed()
      expect(batch.operations).toEqual([
        expect.objectContaining({
          type: 'update',
          data: { name: 'Bea', weightKg: 4 },
          base: { name: 'Bo', weightKg: null },
          baseVersion: 6,
        }),
      ])
      expect(batch.operations[0]?.conflictId).toBe(isServers ? 7 : undefined)
      await device.answer(batch, [{ entityId: 10, version: 7 }])
      expect(await device.get('pet', 10)).toMatchObject({
        status: 'synced',
        data: { ...PET, name: 'Bea', weightKg: 4 },
      })
      expect(await device.conflicts()).toEqual([])
    })

    test(`CON13 a merge by hand sends the fields that differ from the server's row, ${where}`, async () => {
      const device = await updateUpdate(isServers)
      await device.decide((await device.conflict()).id, 'client-wins', { name: 'Bobea', species: 'wolf' })
      expect((await device.claimed()).operations).toMatchObject([
        { data: { name: 'Bobea', species: 'wolf' }, base: { name: 'Bo', species: 'dog' }, baseVersion: 6 },
      ])
      // Seed 421 of the walk: when the decision is not accepted, the value is nowhere else.
      expect((await device.history())[0]).toMatchObject({
        strategy: 'merge',
        mergedData: { name: 'Bobea', species: 'wolf' },
      })
    })

    test(`CON14 update-delete, ${where}: mine revives the whole row, theirs lets it go`, async () => {
      const make = async () => {
        const device = await withRows()
        await device.update('pet', 10, { name: 'Bea' })
        const gone = { reason: 'deleted' as const, serverData: null, serverVersion: 6 }
        if (isServers) await device.settleWith([conflictWith(gone)])
        else await device.receive({ cursor: 'c1.2', deletions: [deletionOf('pet', 10, 6)] })
        return device
      }
      const mine = await make()
      await mine.decide((await mine.conflict()).id, 'client-wins')
      const batch = await mine.claimed()
      expect(batch.operations).toEqual([
        {
          id: expect.any(String),
          type: 'create',
          entityType: 'pet',
          entityId: 10,
          data: { ...PET, name: 'Bea' },
          editedAt: expect.any(Number),
          ...(isServers ? { conflictId: 7 } : {}),
        },
      ])
      await mine.answer(batch, [{ entityId: 10, version: 7 }])
      expect(await mine.get('pet', 10)).toMatchObject({ status: 'synced', version: 7, data: { name: 'Bea' } })
      const yours = await make()
      await yours.decide((await yours.conflict()).id, 'server-wins')
      // At once, not only when the server has heard of it.
      expect(await yours.get('pet', 10)).toBeUndefined()
      if (isServers) {
        const { operations } = await yours.settleWith([
          { status: 'merged', entityId: 10, version: 6, data: null },
        ])
        expect(operations).toMatchObject([{ type: 'update', data: {}, conflictId: 7, baseVersion: 6 }])
      }
      expect(await yours.get('pet', 10)).toBeUndefined()
      expect((await essence(yours)).map(([key]) => key)).toEqual([['entity', 'client', 1]])
    })

    test(`CON15 delete-update, ${where}: mine deletes the row that was shown, theirs brings it back`, async () => {
      const make = async () => {
        const device = await withRows()
        await device.delete('pet', 10)
        if (isServers) await device.settleWith([conflictWith({ serverData: theirs, fields: [] })])
        else await device.receive({ cursor: 'c1.2', entities: [rowOf('pet', 10, 6, theirs)] })
        return device
      }
      const mine = await make()
      expect(await mine.get('pet', 10)).toBeUndefined()
      await mine.decide((await mine.conflict()).id, 'client-wins')
      const { operations } = await mine.settleWith([{ entityId: 10, version: 7 }])
      expect(operations).toMatchObject([{ type: 'delete', baseVersion: 6 }])
      expect(operations[0]?.conflictId).toBe(isServers ? 7 : undefined)
      expect((await essence(mine)).map(([key]) => key)).toEqual([['entity', 'client', 1]])
      const yours = await make()
      await yours.decide((await yours.conflict()).id, 'server-wins')
      expect(await yours.shown('pet', 10)).toEqual(theirs)
      if (isServers) await yours.settleWith([{ entityId: 10, version: 6 }])
      expect(await yours.get('pet', 10)).toMatchObject({ status: 'synced', data: theirs })
    })
  }

  test('CON16 a choice of mine that says the same as the server needs no operation where only this device knows it', async () => {
    const device = await updateUpdate(false)
    await device.decide((await device.conflict()).id, 'client-wins', { name: 'Bo' })
    expect(await kinds(device)).toEqual([])
    const servers = await updateUpdate(true)
    await servers.decide((await servers.conflict()).id, 'client-wins', { name: 'Bo' })
    expect((await servers.claimed()).operations).toMatchObject([{ data: {}, conflictId: 7 }])
  })

  test('CON17 it is judged against the row that was shown, not against what came since', async () => {
    const device = await updateUpdate(true)
    await device.decide((await device.conflict()).id, 'client-wins')
    await device.receive({ cursor: 'c1.2', entities: [rowOf('pet', 10, 9, { ...PET, name: 'Bonnie' })] })
    expect((await device.claimed()).operations).toMatchObject([
      { data: { name: 'Bea' }, base: { name: 'Bo' }, baseVersion: 6, conflictId: 7 },
    ])
  })

  test('CON18 an edit made after it waits for its answer and is never squashed into it', async () => {
    const device = await updateUpdate(true)
    await device.decide((await device.conflict()).id, 'client-wins')
    await device.update('pet', 10, { weightKg: 4 })
    const batch = await device.claimed()
    expect(batch.operations).toMatchObject([{ data: { name: 'Bea' } }])
    await device.answer(batch, [{ entityId: 10, version: 7 }])
    expect((await device.claimed()).operations).toMatchObject([{ data: { weightKg: 4 }, baseVersion: 7 }])
  })

  test('CON19 an unknown conflict, and one whose decision was sent, cannot be decided', async () => {
    const device = await updateUpdate(true)
    await expect(device.decide(99, 'server-wins')).rejects.toMatchObject({ code: 'UNKNOWN_CONFLICT' })
    const { id } = await device.conflict()
    await device.decide(id, 'client-wins')
    await device.claim()
    await expect(device.decide(id, 'server-wins')).rejects.toMatchObject({ code: 'OPERATION_SENT' })
  })

  test('CON37 what a merge by hand refers to is checked and resolved like any other write', async () => {
    const device = await updateUpdate(true)
    const { id } = await device.conflict()
    const unknown = { clientId: 'temp_1730534400000_abc_client' }
    await expect(device.decide(id, 'client-wins', unknown)).rejects.toMatchObject({ code: 'UNKNOWN_TEMP_ID' })
    await expect(device.decide(id, 'client-wins', { colour: 1 })).rejects.toMatchObject({
      code: 'UNKNOWN_FIELD',
    })
    const owner = await device.create('client', { name: 'Eve' })
    await device.settleWith([{ entityId: 2, version: 1 }])
    await device.decide(id, 'client-wins', { clientId: owner })
    expect(await device.shown('pet', 10)).toEqual({ ...theirs, clientId: 2 })
    expect((await device.operations())[0]?.data).toEqual({ clientId: 2 })
  })
})
