import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/protocol/json.ts'
import type { ConflictVerdict, OperationResult } from '../../src/protocol/messages.ts'
import { closedOf, Device, deletionOf, refusal, rowOf } from '../support/store-harness.ts'

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

describe('how a disagreement becomes a conflict', () => {
  test('CON1 a verdict makes the operation a conflict with the server row; the record keeps what is mine', async () => {
    const device = await updateUpdate(true)
    expect(await device.conflicts()).toMatchObject([
      {
        id: 10,
        localData: { ...PET, name: 'Bea' },
        serverData: theirs,
        row: {
          serverConflictId: 7,
          kind: 'update-update',
          reason: 'changed',
          fields: ['name'],
          status: 'open',
        },
      },
    ])
    expect(await device.get('pet', 10)).toMatchObject({
      status: 'conflict',
      version: 6,
      data: { name: 'Bea' },
    })
    expect(await device.claim()).toBeNull()
  })

  test('CON2 judging: an update collides where the row differs from its ground and from its value, else it goes on', async () => {
    const cases: [JsonObject, string[]][] = [
      [{ ...PET, name: 'Bo' }, ['name']],
      [{ ...PET, name: 'Bea' }, []],
      [{ ...PET, species: 'wolf' }, []],
      [PET, []],
      [{ name: 'Bo', clientId: 1, species: 'wolf' }, ['name']],
    ]
    for (const [row, fields] of cases) {
      const device = await withRows()
      await device.update('pet', 10, { name: 'Bea' })
      await device.receive({ cursor: 'c1.2', entities: [rowOf('pet', 10, 6, row)] })
      expect((await device.conflicts()).map(({ row: { fields: found } }) => found)).toEqual(
        fields.length > 0 ? [fields] : [],
      )
    }
  })

  test('CON3 a delete disagrees with any change of the row since it was made', async () => {
    const device = await withRows()
    await device.delete('pet', 10)
    await device.receive({ cursor: 'c1.2', entities: [rowOf('pet', 10, 6, PET)] })
    expect(await device.conflicts()).toEqual([])
    await device.receive({ cursor: 'c1.3', entities: [rowOf('pet', 10, 7, { ...PET, weightKg: 4 })] })
    expect(await device.conflict()).toMatchObject({ kind: 'delete-update', fields: ['weightKg'] })
    expect(await device.conflicts()).toMatchObject([{ localData: null, serverData: { weightKg: 4 } }])
  })

  test('CON4 an update over a tombstone is update-delete, a delete over one goes on', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    await device.receive({ cursor: 'c1.2', deletions: [deletionOf('pet', 10, 6)] })
    expect(await device.conflict()).toMatchObject({
      kind: 'update-delete',
      reason: 'deleted',
      fields: ['name'],
    })
    expect(await device.conflicts()).toMatchObject([{ localData: { ...PET, name: 'Bea' }, serverData: null }])
    const other = await withRows()
    await other.delete('pet', 10)
    await other.receive({ cursor: 'c1.2', deletions: [deletionOf('pet', 10, 6)] })
    expect(await other.conflicts()).toEqual([])
    expect((await other.settleWith([{ entityId: 10, version: 6 }])).operations).toMatchObject([
      { baseVersion: 6 },
    ])
    expect(await essence(other)).toHaveLength(1)
  })

  test('CON5 judging asks again whatever moved: a settle, a retry, an edit, a closed conflict', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    const { seqs } = await device.settleWith([refusal('VALIDATION')])
    await device.receive({ cursor: 'c1.2', entities: [rowOf('pet', 10, 6, theirs)] })
    expect(await device.conflicts()).toEqual([])
    await device.retry(seqs[0] ?? 0)
    expect(await device.conflict()).toMatchObject({ kind: 'update-update', fields: ['name'] })
  })

  test('CON6 what is edited during a conflict waits and is judged when it is closed elsewhere', async () => {
    const device = await updateUpdate(true)
    await device.update('pet', 10, { weightKg: 4, species: 'cat' })
    expect(await kinds(device)).toEqual(['update conflict', 'update unsent'])
    expect(await device.claim()).toBeNull()
    await device.receive({
      cursor: 'c1.2',
      entities: [rowOf('pet', 10, 7, { ...theirs, species: 'wolf' })],
      closedConflicts: [closedOf(7, 'pet', 10)],
    })
    expect(await device.conflict()).toMatchObject({ kind: 'update-update', fields: ['species'] })
    expect((await device.conflict()).serverConflictId).toBeUndefined()
    expect(await device.history()).toMatchObject([
      {
        conflictId: 1,
        decidedBy: 'server',
        strategy: 'closed-elsewhere',
        operations: [{ data: { name: 'Bea' } }],
      },
    ])
    expect(await device.shown('pet', 10)).toMatchObject({ name: 'Bo', weightKg: 4, species: 'cat' })
  })

  test('CON7 a replayed verdict whose conflict is closed by now opens none: the journal keeps what was written', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    await device.settleWith([conflictWith({ state: 'resolved', serverData: theirs })])
    expect(await device.conflicts()).toEqual([])
    expect(await kinds(device)).toEqual([])
    expect(await device.shown('pet', 10)).toEqual(theirs)
    expect(await device.history()).toMatchObject([
      { strategy: 'closed-elsewhere', operations: [{ data: { name: 'Bea' } }] },
    ])
  })

  test('CON8 a newer server row is the other side of an open conflict, with no second write of the conflict', async () => {
    const device = await updateUpdate(true)
    const row = await device.conflict()
    await device.receive({ cursor: 'c1.2', entities: [rowOf('pet', 10, 8, { ...PET, name: 'Bonnie' })] })
    expect(await device.conflict()).toEqual(row)
    expect(await device.conflicts()).toMatchObject([
      { serverData: { name: 'Bonnie' }, localData: { name: 'Bea' } },
    ])
  })
})

describe('what a conflict holds back', () => {
  test('CON9 a conflict about a live row holds its own record only; one about a deleted row also what refers to it', async () => {
    const live = await updateUpdate(true)
    await live.create('appointment', { petId: 10 })
    expect((await live.claimed()).operations).toMatchObject([{ entityType: 'appointment' }])
    const deleted = await withRows()
    await deleted.update('pet', 10, { name: 'Bea' })
    await deleted.receive({ cursor: 'c1.2', deletions: [deletionOf('pet', 10, 6)] })
    await deleted.create('appointment', { petId: 10 })
    await deleted.create('client', { name: 'Eve' })
    expect((await deleted.settleWith([{ entityId: 2, version: 1 }])).operations).toMatchObject([
      { entityType: 'client' },
    ])
    expect(await deleted.claim()).toBeNull()
    await deleted.decide((await deleted.conflict()).id, 'client-wins')
    const batch = await deleted.claimed()
    expect(batch.operations).toMatchObject([
      { type: 'create', entityType: 'pet', entityId: 10 },
      { type: 'create', entityType: 'appointment' },
    ])
  })

  test('CON10 a delete waits for the deletes and updates that free its record, also where those are in conflict', async () => {
    const device = await withRows()
    await device.delete('pet', 10)
    await device.delete('client', 1)
    await device.receive({ cursor: 'c1.2', entities: [rowOf('pet', 10, 6, { ...PET, weightKg: 4 })] })
    expect(await kinds(device)).toEqual(['delete conflict', 'delete unsent'])
    expect(await device.claim()).toBeNull()
    await device.decide((await device.conflict()).id, 'client-wins')
    expect((await device.claimed()).operations).toMatchObject([
      { type: 'delete', entityType: 'pet', baseVersion: 6 },
      { type: 'delete', entityType: 'client' },
    ])
  })
})

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
