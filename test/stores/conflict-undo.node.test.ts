import { describe, expect, test } from 'vitest'
import type { ConflictVerdict, OperationResult } from '../../src/protocol/messages.ts'
import { closedOf, Device, deletionOf, refusal, rowOf } from '../support/store-harness.ts'

const PET = { name: 'Bella', species: 'dog', clientId: 1 }
const theirs = { ...PET, name: 'Bo' }

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

/** A refused update of the weight, `Bea` in conflict with `Bo` (7 on the server), and a species edited since. */
const rich = async (): Promise<Device> => {
  const device = await Device.open()
  await device.receive({ entities: [rowOf('client', 1, 3, { name: 'Ada' }), rowOf('pet', 10, 5, PET)] })
  await device.update('pet', 10, { weightKg: 4 })
  await device.settleWith([refusal('VALIDATION', 'weightKg')])
  await device.update('pet', 10, { name: 'Bea' })
  await device.settleWith([conflictWith({ serverData: theirs })])
  await device.update('pet', 10, { species: 'cat' })
  return device
}

const essence = async (device: Device) =>
  (await device.dump()).filter(([key]) => key[0] !== 'meta' && key[0] !== 'history')

const kinds = async (device: Device) =>
  (await device.operations()).map((operation) => `${operation.type} ${operation.state}`)

const decisions = [
  ['server-wins', undefined],
  ['client-wins', undefined],
  ['client-wins', { name: 'Bobea', weightKg: 9 }],
] as const

describe('a decision that is not accepted', () => {
  test.each(decisions)(
    'CON20 refused (%s %o): the conflict is back exactly, with the error shown',
    async (side, merged) => {
      const device = await rich()
      const before = await essence(device)
      await device.decide((await device.conflict()).id, side, merged)
      await device.settleWith([refusal('FORBIDDEN')])
      const after = await essence(device)
      const { error, ...row } = await device.conflict()
      expect(error).toMatchObject({ code: 'FORBIDDEN' })
      expect(after.map(([key, value]) => (key[0] === 'conflict' ? [key, row] : [key, value]))).toEqual(before)
    },
  )

  test.each(decisions)(
    'CON21 decided again before it is sent (%s %o): the first decision never was',
    async (side, merged) => {
      const [twice, once] = [await rich(), await rich()]
      await twice.decide((await twice.conflict()).id, side, merged)
      await twice.decide((await twice.conflict()).id, 'client-wins')
      await once.decide((await once.conflict()).id, 'client-wins')
      const content = async (device: Device) =>
        (await device.claimed()).operations.map(({ id: _id, editedAt: _editedAt, ...rest }) => rest)
      expect(await content(twice)).toEqual(await content(once))
      expect(await twice.shown('pet', 10)).toEqual(await once.shown('pet', 10))
    },
  )

  test('CON22 it disagrees again: the same conflict is open with the fresh server side and the server knows it by its number', async () => {
    for (const isServers of [true, false]) {
      const device = await Device.open()
      await device.receive({ entities: [rowOf('pet', 10, 5, PET)] })
      await device.update('pet', 10, { name: 'Bea' })
      if (isServers) await device.settleWith([conflictWith({ serverData: theirs })])
      else await device.receive({ cursor: 'c1.2', entities: [rowOf('pet', 10, 6, theirs)] })
      const { id } = await device.conflict()
      await device.decide(id, 'client-wins')
      await device.settleWith([
        conflictWith({ serverData: { ...theirs, name: 'Bonnie' }, serverVersion: 8, by: { userId: 'z' } }),
      ])
      expect(await device.conflict()).toMatchObject({
        id,
        status: 'open',
        serverConflictId: 7,
        by: { userId: 'z' },
      })
      expect(await device.conflicts()).toMatchObject([
        { localData: { name: 'Bea' }, serverData: { name: 'Bonnie' } },
      ])
      await device.decide(id, 'client-wins')
      expect((await device.claimed()).operations).toMatchObject([
        { data: { name: 'Bea' }, base: { name: 'Bonnie' }, baseVersion: 8, conflictId: 7 },
      ])
    }
  })

  test('CON23 it meets a deletion: the conflict becomes update-delete', async () => {
    const device = await rich()
    await device.decide((await device.conflict()).id, 'client-wins')
    await device.settleWith([conflictWith({ reason: 'deleted', serverData: null, serverVersion: 7 })])
    expect(await device.conflict()).toMatchObject({
      status: 'open',
      kind: 'update-delete',
      reason: 'deleted',
    })
  })

  test('CON24 an edit made since becomes part of the local side when the conflict comes back', async () => {
    const device = await rich()
    await device.decide((await device.conflict()).id, 'client-wins')
    const batch = await device.claimed()
    await device.update('pet', 10, { species: 'fox', name: 'Beatrix' })
    await device.answer(batch, [refusal('FORBIDDEN')])
    expect(await kinds(device)).toEqual(['update rejected', 'update conflict', 'update unsent'])
    expect((await device.operations())[2]).toMatchObject({
      data: { species: 'fox', name: 'Beatrix' },
      own: { species: 'dog', name: 'Bea' },
    })
    expect(await device.shown('pet', 10)).toMatchObject({ name: 'Beatrix', species: 'fox', weightKg: 4 })
    const deleted = await rich()
    await deleted.decide((await deleted.conflict()).id, 'server-wins')
    const sent = await deleted.claimed()
    await deleted.delete('pet', 10)
    await deleted.answer(sent, [refusal('FORBIDDEN')])
    expect(await deleted.get('pet', 10)).toBeUndefined()
    await deleted.decide((await deleted.conflict()).id, 'client-wins')
    expect((await deleted.claimed()).operations).toMatchObject([{ type: 'delete', conflictId: 7 }])
  })

  test('CON25 an edit of a record that a decision brought back stands when the deletion comes back', async () => {
    const device = await Device.open()
    await device.receive({ entities: [rowOf('pet', 10, 5, PET)] })
    await device.update('pet', 10, { name: 'Bea' })
    await device.settleWith([conflictWith({ serverData: theirs })])
    await device.delete('pet', 10)
    await device.decide((await device.conflict()).id, 'server-wins')
    const batch = await device.claimed()
    await device.update('pet', 10, { weightKg: 3 })
    await device.answer(batch, [refusal('FORBIDDEN')])
    expect(await device.shown('pet', 10)).toEqual({ ...PET, name: 'Bea', weightKg: 3 })
    expect(await kinds(device)).toEqual(['update conflict', 'update unsent'])
  })
})

describe('a decision that somebody else was faster than', () => {
  const already = (serverData: typeof PET | null, serverVersion: number): Partial<OperationResult> => ({
    ...refusal('ALREADY_RESOLVED'),
    conflict: { conflictId: 7, state: 'resolved', serverData, serverVersion },
  })
  const plain = async (): Promise<Device> => {
    const device = await Device.open()
    await device.receive({ entities: [rowOf('pet', 10, 5, PET)] })
    await device.update('pet', 10, { name: 'Bea' })
    await device.settleWith([conflictWith({ serverData: theirs })])
    return device
  }

  test('CON26 is no refusal: the conflict closes, and what it still wants of an unmoved row is sent as an operation', async () => {
    const device = await plain()
    await device.decide((await device.conflict()).id, 'client-wins')
    await device.settleWith([already(theirs, 6)])
    expect(await device.conflicts()).toEqual([])
    const { operations } = await device.claimed()
    expect(operations).toMatchObject([
      { type: 'update', data: { name: 'Bea' }, base: { name: 'Bo' }, baseVersion: 6 },
    ])
    expect(operations[0]).not.toHaveProperty('conflictId')
  })

  test('CON27 a row that came out otherwise than what was decided on is not overwritten unseen: a person is asked', async () => {
    const device = await plain()
    await device.decide((await device.conflict()).id, 'client-wins')
    await device.settleWith([already({ ...theirs, name: 'Bonnie' }, 7)])
    expect(await kinds(device)).toEqual(['update conflict'])
    expect(await device.conflicts()).toMatchObject([
      { localData: { name: 'Bea' }, serverData: { name: 'Bonnie' } },
    ])
    expect((await device.conflict()).serverConflictId).toBeUndefined()
  })

  test('CON28 nothing is left where the row came out as wanted, or where the server side was taken', async () => {
    const same = await plain()
    await same.decide((await same.conflict()).id, 'client-wins')
    await same.settleWith([already({ ...theirs, name: 'Bea' }, 7)])
    expect(await kinds(same)).toEqual([])
    expect(await same.get('pet', 10)).toMatchObject({ status: 'synced', data: { name: 'Bea' } })
    const server = await plain()
    await server.decide((await server.conflict()).id, 'server-wins')
    await server.settleWith([already({ ...theirs, name: 'Bonnie' }, 7)])
    expect(await kinds(server)).toEqual([])
    expect(await server.get('pet', 10)).toMatchObject({ status: 'synced', data: { name: 'Bonnie' } })
  })

  test('CON29 a page that says so does the same to a decision that was not sent', async () => {
    const device = await plain()
    await device.decide((await device.conflict()).id, 'client-wins')
    await device.update('pet', 10, { weightKg: 4 })
    await device.receive({ cursor: 'c1.2', entities: [], closedConflicts: [closedOf(7, 'pet', 10)] })
    expect(await device.conflicts()).toEqual([])
    expect((await device.claimed()).operations).toMatchObject([{ data: { name: 'Bea', weightKg: 4 } }])
  })

  test('CON30 a delete decided elsewhere: gone is gone, and a row that moved is not deleted unseen', async () => {
    const make = async () => {
      const device = await Device.open()
      await device.receive({ entities: [rowOf('pet', 10, 5, PET)] })
      await device.delete('pet', 10)
      await device.settleWith([conflictWith({ serverData: theirs, fields: [] })])
      await device.decide((await device.conflict()).id, 'client-wins')
      return device
    }
    const gone = await make()
    await gone.settleWith([already(null, 7)])
    expect(await essence(gone)).toEqual([])
    const unmoved = await make()
    await unmoved.settleWith([already(theirs, 6)])
    expect((await unmoved.claimed()).operations).toMatchObject([{ type: 'delete', baseVersion: 6 }])
    const moved = await make()
    await moved.settleWith([already({ ...theirs, name: 'Bonnie' }, 7)])
    expect(await moved.conflict()).toMatchObject({ kind: 'delete-update', fields: ['name'] })
  })

  test('CON31 a revival of a row that lives again becomes an update of what was changed', async () => {
    const device = await Device.open()
    await device.receive({ entities: [rowOf('pet', 10, 5, PET)] })
    await device.update('pet', 10, { name: 'Bea' })
    await device.receive({ cursor: 'c1.2', deletions: [deletionOf('pet', 10, 6)] })
    const { id } = await device.conflict()
    await device.step(async (unit) => {
      const row = await unit.conflict(id)
      if (row !== null) await unit.putConflict({ ...row, serverConflictId: 7 })
    })
    await device.decide(id, 'client-wins')
    await device.receive({
      cursor: 'c1.3',
      entities: [rowOf('pet', 10, 7, { ...PET, species: 'wolf' })],
      closedConflicts: [closedOf(7, 'pet', 10)],
    })
    expect((await device.claimed()).operations).toMatchObject([
      { type: 'update', data: { name: 'Bea' }, baseVersion: 7 },
    ])
    expect(await device.shown('pet', 10)).toEqual({ ...PET, species: 'wolf', name: 'Bea' })
  })

  test('CON31 also where what was changed is that a field has no value', async () => {
    const device = await Device.open()
    await device.receive({ entities: [rowOf('pet', 10, 5, PET)] })
    await device.update('pet', 10, { species: null })
    const gone = { reason: 'deleted' as const, serverData: null, serverVersion: 6 }
    await device.settleWith([conflictWith(gone)])
    await device.decide((await device.conflict()).id, 'client-wins')
    await device.receive({
      cursor: 'c1.3',
      entities: [rowOf('pet', 10, 7, PET)],
      closedConflicts: [closedOf(7, 'pet', 10)],
    })
    expect((await device.claimed()).operations).toMatchObject([
      { type: 'update', data: { species: null }, base: { species: 'dog' } },
    ])
  })

  test('CON32 a decision whose replayed verdict is a conflict that was closed since is treated the same', async () => {
    const device = await plain()
    await device.decide((await device.conflict()).id, 'client-wins')
    await device.settleWith([
      conflictWith({ state: 'resolved', serverData: { ...theirs, name: 'Bonnie' }, serverVersion: 7 }),
    ])
    expect((await device.conflict()).serverConflictId).toBeUndefined()
    expect(await device.conflicts()).toMatchObject([
      { localData: { name: 'Bea' }, serverData: { name: 'Bonnie' } },
    ])
  })
})

describe('a decision and what was refused', () => {
  test('CON33 refused operations stay beside a decision, and lose the fields that it changed only when it is answered', async () => {
    const device = await rich()
    await device.decide((await device.conflict()).id, 'client-wins', { name: 'Bea', weightKg: 9 })
    expect(await kinds(device)).toEqual(['update rejected', 'update unsent'])
    expect(await device.shown('pet', 10)).toMatchObject({ weightKg: 9 })
    await device.settleWith([{ entityId: 10, version: 7 }])
    expect(await kinds(device)).toEqual([])
    expect(await device.shown('pet', 10)).toMatchObject({ weightKg: 9 })
  })

  test('CON34 a revival takes only what the person changed: another refused value stays listed', async () => {
    const device = await Device.open()
    await device.receive({ entities: [rowOf('pet', 10, 5, PET)] })
    await device.update('pet', 10, { weightKg: 4 })
    await device.settleWith([refusal('VALIDATION', 'weightKg')])
    await device.update('pet', 10, { name: 'Bea' })
    await device.receive({ cursor: 'c1.2', deletions: [deletionOf('pet', 10, 6)] })
    await device.decide((await device.conflict()).id, 'client-wins')
    const { operations } = await device.settleWith([{ entityId: 10, version: 7 }])
    expect(operations[0]?.data).toEqual({ ...PET, name: 'Bea' })
    expect(await device.operations()).toMatchObject([{ state: 'rejected', data: { weightKg: 4 } }])
  })

  test('CON35 a deletion that was decided takes what was refused with it', async () => {
    const device = await rich()
    await device.delete('pet', 10)
    expect(await kinds(device)).toEqual(['update conflict', 'delete unsent'])
    await device.decide((await device.conflict()).id, 'client-wins')
    await device.settleWith([{ entityId: 10, version: 7 }])
    expect((await essence(device)).map(([key]) => key)).toEqual([['entity', 'client', 1]])
  })

  test('CON36 a decision whose reference vanished is taken back, with the reason, instead of waiting for ever', async () => {
    const device = await Device.open()
    await device.receive({ entities: [rowOf('client', 1, 3, { name: 'Ada' }), rowOf('pet', 10, 5, PET)] })
    const owner = await device.create('client', { name: 'Eve' })
    await device.update('pet', 10, { clientId: owner })
    await device.receive({ cursor: 'c1.2', entities: [rowOf('pet', 10, 6, { ...PET, clientId: 2 })] })
    await device.decide((await device.conflict()).id, 'client-wins')
    const batch = await device.claimed(1)
    expect(batch.operations).toMatchObject([{ type: 'create', entityType: 'client' }])
    await device.delete('pet', 10)
    await device.delete('client', owner)
    await device.answer(batch, [refusal('VALIDATION')])
    expect(await device.get('client', owner)).toBeUndefined()
    expect(await device.claim()).toBeNull()
    expect(await device.conflict()).toMatchObject({ status: 'open', error: { code: 'UNKNOWN_TEMP_ID' } })
    await device.decide((await device.conflict()).id, 'client-wins')
    expect((await device.claimed()).operations).toMatchObject([{ type: 'delete', entityId: 10 }])
  })
})
