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
