import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/protocol/json.ts'
import { Device, refusal, rowOf } from '../support/store-harness.ts'

const CLIENT = { name: 'Ada' }

/** A device that knows client 1 and pet 10 of it as the server has them. */
const withRows = async (): Promise<Device> => {
  const device = await Device.open()
  await device.receive({
    entities: [
      rowOf('client', 1, 3, { name: 'Ada', phone: '1' }),
      rowOf('pet', 10, 5, { name: 'Bella', species: 'dog', clientId: 1 }),
    ],
  })
  return device
}

const kinds = async (device: Device) =>
  (await device.operations()).map((operation) => `${operation.type} ${operation.state}`)
const only = async (device: Device) => {
  const [operation, ...rest] = await device.operations()
  if (operation === undefined || rest.length > 0)
    throw new Error(`one operation expected: ${await kinds(device)}`)
  return operation
}

describe('what was refused', () => {
  const refused = async (changes: JsonObject) => {
    const device = await withRows()
    await device.update('pet', 10, changes)
    await device.settleWith([refusal('VALIDATION', 'name')])
    return device
  }

  test('OUT10 a refused update stays on screen, marked, with its reason; nothing of it is sent', async () => {
    const device = await refused({ name: 'Bea' })
    expect(await device.get('pet', 10)).toMatchObject({ data: { name: 'Bea' }, status: 'rejected' })
    expect(await only(device)).toMatchObject({
      state: 'rejected',
      error: { code: 'VALIDATION', path: 'name' },
    })
    expect(await device.claim()).toBeNull()
  })

  test('OUT11 a later edit takes over the fields that it carries, with what lay under them', async () => {
    const device = await refused({ name: 'Bea', weightKg: 4 })
    await device.update('pet', 10, { name: 'Beatrix', species: 'cat' })
    const [kept, edit] = await device.operations()
    expect(kept).toMatchObject({ state: 'rejected', data: { weightKg: 4 }, own: { weightKg: null } })
    expect(kept?.data).not.toHaveProperty('name')
    expect(edit).toMatchObject({
      state: 'unsent',
      data: { name: 'Beatrix', species: 'cat' },
      own: { name: 'Bella', species: 'dog' },
    })
    await device.update('pet', 10, { weightKg: 5 })
    expect(await only(device)).toMatchObject({
      data: { name: 'Beatrix', species: 'cat', weightKg: 5 },
      own: { name: 'Bella', species: 'dog', weightKg: null },
    })
  })

  test('OUT12 an edit made during the flight of what is then refused takes its fields, too', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea', weightKg: 4 })
    const batch = await device.claimed()
    await device.update('pet', 10, { name: 'Beatrix' })
    await device.answer(batch, [refusal('VALIDATION')])
    const [kept, edit] = await device.operations()
    expect(kept).toMatchObject({ state: 'rejected', data: { weightKg: 4 } })
    expect(kept?.data).not.toHaveProperty('name')
    expect(edit).toMatchObject({ data: { name: 'Beatrix' }, own: { name: 'Bella' } })
    await device.settleWith([{ entityId: 10, version: 6 }])
    expect(await device.shown('pet', 10)).toMatchObject({ name: 'Beatrix', weightKg: 4 })
  })

  test('OUT13 a delete takes what was refused with it, whether it comes after or waited behind', async () => {
    const after = await refused({ name: 'Bea' })
    await after.delete('pet', 10)
    expect(await only(after)).toMatchObject({
      type: 'delete',
      own: { name: 'Bella', species: 'dog', clientId: 1 },
    })

    const behind = await withRows()
    await behind.update('pet', 10, { name: 'Bea' })
    const batch = await behind.claimed()
    await behind.delete('pet', 10)
    await behind.answer(batch, [refusal('VALIDATION')])
    expect(await only(behind)).toMatchObject({
      type: 'delete',
      own: { name: 'Bella', species: 'dog', clientId: 1 },
    })
  })

  test('OUT14 a refused delete shows the record again; an edit, another delete and a retry all work', async () => {
    const device = await withRows()
    await device.delete('pet', 10)
    await device.settleWith([refusal('FORBIDDEN')])
    expect(await device.get('pet', 10)).toMatchObject({ data: { name: 'Bella' }, status: 'rejected' })
    await device.update('pet', 10, { name: 'Bea' })
    expect(await kinds(device)).toEqual(['delete rejected', 'update unsent'])
    const [refusedDelete] = await device.operations()
    await device.retry(refusedDelete?.seq ?? 0)
    expect(await only(device)).toMatchObject({ type: 'delete', state: 'unsent', own: { name: 'Bella' } })
    await device.settleWith([refusal('FORBIDDEN')])
    await device.delete('pet', 10)
    expect(await kinds(device)).toEqual(['delete unsent'])
    await device.settleWith([{ entityId: 10, version: 6 }])
    expect(await device.get('pet', 10)).toBeUndefined()
    expect(await kinds(device)).toEqual([])
  })

  test('OUT15 an edit of a record whose create was refused makes the create unsent again, under a new id', async () => {
    const device = await Device.open()
    const id = await device.create('client', CLIENT)
    const first = await device.settleWith([refusal('UNIQUE_VIOLATION', 'name')])
    await device.update('client', id, { name: 'Eve' })
    const operation = await only(device)
    expect(operation).toMatchObject({ type: 'create', state: 'unsent', data: { name: 'Eve' } })
    expect(operation.id).not.toBe(first.operations[0]?.id)
    expect(operation.error).toBeUndefined()
  })

  test('OUT16 what waited behind a create that is refused joins it and stays refused; a delete leaves nothing', async () => {
    for (const write of ['update', 'delete'] as const) {
      const device = await Device.open()
      const id = await device.create('client', CLIENT)
      const batch = await device.claimed()
      if (write === 'update') await device.update('client', id, { phone: '2' })
      else await device.delete('client', id)
      await device.answer(batch, [refusal('VALIDATION')])
      if (write === 'delete') expect(await kinds(device)).toEqual([])
      else expect(await only(device)).toMatchObject({ state: 'rejected', data: { name: 'Ada', phone: '2' } })
    }
  })

  test('OUT17 "not yet" is no refusal: the operation is unsent again under a new id, and what waited joins it', async () => {
    for (const write of ['nothing', 'update', 'delete'] as const) {
      const device = await Device.open()
      const id = await device.create('client', CLIENT)
      const batch = await device.claimed()
      if (write === 'update') await device.update('client', id, { phone: '2' })
      if (write === 'delete') await device.delete('client', id)
      await device.answer(batch, [refusal('DEPENDENCY_FAILED')])
      if (write === 'delete') {
        expect(await kinds(device)).toEqual([])
        continue
      }
      const operation = await only(device)
      expect(operation).toMatchObject({ type: 'create', state: 'unsent' })
      expect(operation.data).toEqual(write === 'update' ? { name: 'Ada', phone: '2' } : CLIENT)
      expect(operation.id).not.toBe(batch.operations[0]?.id)
    }
  })
})

describe('a person and an operation', () => {
  test('OUT18 retry makes a refused operation unsent under a new id; what was edited since takes its fields in', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    const first = await device.settleWith([refusal('VALIDATION')])
    await device.update('pet', 10, { weightKg: 4 })
    await device.retry(first.seqs[0] ?? 0)
    expect(await only(device)).toMatchObject({
      state: 'unsent',
      data: { name: 'Bea', weightKg: 4 },
      own: { name: 'Bella', weightKg: null },
    })
    expect((await only(device)).id).not.toBe(first.operations[0]?.id)
  })

  test('OUT19 a retried operation goes behind what is open on the record', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    const first = await device.settleWith([refusal('VALIDATION')])
    await device.update('pet', 10, { weightKg: 4 })
    const flying = await device.claim()
    await device.retry(first.seqs[0] ?? 0)
    expect(await kinds(device)).toEqual(['update unsent', 'update sent'])
    const row = (await device.dump()).find(([key]) => key[0] === 'entity' && key[2] === 10)?.[1]
    expect(row).toMatchObject({ open: [flying?.seqs[0], first.seqs[0]] })
  })

  test('OUT20 discard gives up an unsent or refused operation; what is left is shown', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    await device.discard((await only(device)).seq)
    expect(await device.get('pet', 10)).toMatchObject({ data: { name: 'Bella' }, status: 'synced' })
    const id = await device.create('pet', { name: 'Kitty', clientId: 1 })
    await device.settleWith([refusal('VALIDATION')])
    await device.discard((await only(device)).seq)
    expect(await device.get('pet', id)).toBeUndefined()
    await device.delete('pet', 10)
    await device.discard((await only(device)).seq)
    expect(await device.shown('pet', 10)).toMatchObject({ name: 'Bella' })
    expect(await kinds(device)).toEqual([])
  })

  test('OUT21 on a sent operation both answer OPERATION_SENT, on one in conflict or unknown UNKNOWN_OPERATION', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    const { seq } = await only(device)
    await device.claim()
    await expect(device.discard(seq)).rejects.toMatchObject({ code: 'OPERATION_SENT' })
    await expect(device.retry(seq)).rejects.toMatchObject({ code: 'OPERATION_SENT' })
    await expect(device.discard(99)).rejects.toMatchObject({ code: 'UNKNOWN_OPERATION' })
    const other = await withRows()
    await other.update('pet', 10, { name: 'Bea' })
    await other.receive({ entities: [rowOf('pet', 10, 6, { name: 'Bo', species: 'dog', clientId: 1 })] })
    await expect(other.discard((await only(other)).seq)).rejects.toMatchObject({ code: 'UNKNOWN_OPERATION' })
  })

  test('OUT22 a record that others refer to is neither deleted nor given up: HAS_CHILDREN names them', async () => {
    const device = await withRows()
    await expect(device.delete('client', 1)).rejects.toMatchObject({
      code: 'HAS_CHILDREN',
      ids: [{ entityType: 'pet', id: 10 }],
    })
    const owner = await device.create('client', { name: 'Eve' })
    const pet = await device.create('pet', { name: 'Kitty', clientId: owner })
    const children = { code: 'HAS_CHILDREN', ids: [{ entityType: 'pet', id: pet }] }
    await expect(device.delete('client', owner)).rejects.toMatchObject(children)
    const create = (await device.operations()).find((operation) => operation.entityId === owner)
    await expect(device.discard(create?.seq ?? 0)).rejects.toMatchObject(children)
    await device.update('pet', pet, { clientId: 1 })
    await device.delete('client', owner)
    await device.delete('pet', 10)
    await device.delete('pet', pet)
    await device.delete('client', 1)
    expect(await kinds(device)).toEqual(['delete unsent', 'delete unsent'])
  })

  test('OUT23 a reference to itself keeps nobody from deleting the record', async () => {
    const device = await withRows()
    await device.update('pet', 10, { siblingId: 10 })
    await device.delete('pet', 10)
    expect(await kinds(device)).toEqual(['delete unsent'])
  })

  test('OUT24 names, types, required fields and ids nobody knows are refused at the call, and nothing is written', async () => {
    const device = await withRows()
    const before = await device.dump()
    const refuse = async (work: Promise<unknown>, code: string, path: string) =>
      await expect(work).rejects.toMatchObject({ code, path })
    await refuse(device.create('pet', { name: 'x', clientId: 1, colour: 'red' }), 'UNKNOWN_FIELD', 'colour')
    await refuse(device.create('pet', { name: 'x' }), 'VALIDATION', 'clientId')
    await refuse(device.create('pet', { name: ' ', clientId: 1 }), 'VALIDATION', 'name')
    await refuse(device.update('pet', 10, { weightKg: 'heavy' }), 'VALIDATION', 'weightKg')
    await refuse(device.update('pet', 10, { name: null }), 'VALIDATION', 'name')
    const unknown = 'temp_1730534400000_abc_client'
    await refuse(device.create('pet', { name: 'x', clientId: unknown }), 'UNKNOWN_TEMP_ID', 'clientId')
    const wrongType = await device.create('practitioner', { name: 'Dr. No' })
    await refuse(device.create('pet', { name: 'x', clientId: wrongType }), 'UNKNOWN_TEMP_ID', 'clientId')
    await device.delete('practitioner', wrongType)
    const rest = (dump: typeof before) => dump.filter(([key]) => key[0] !== 'meta')
    expect(rest(await device.dump())).toEqual(rest(before))
  })

  test('OUT25 a temp id whose record is deleted on this device is no reference any more', async () => {
    const device = await Device.open()
    const owner = await device.create('client', CLIENT)
    await device.claim()
    await device.delete('client', owner)
    await expect(device.create('pet', { name: 'x', clientId: owner })).rejects.toMatchObject({
      code: 'UNKNOWN_TEMP_ID',
    })
  })

  test('OUT26 a record that never was sent is also kept for what is not shown of others: a decision, what it stands for', async () => {
    const make = async (side: 'server-wins' | 'client-wins') => {
      const device = await withRows()
      const owner = await device.create('client', { name: 'Eve' })
      await device.update('pet', 10, { clientId: owner })
      await device.receive({
        cursor: 'c1.2',
        entities: [
          rowOf('client', 2, 1, { name: 'Zoe' }),
          rowOf('pet', 10, 6, { name: 'Bella', species: 'dog', clientId: 2 }),
        ],
      })
      await device.step(async (unit) => {
        const [conflict] = await unit.allConflicts()
        if (conflict !== undefined) await unit.putConflict({ ...conflict, serverConflictId: 7 })
      })
      await device.decide((await device.conflict()).id, side)
      return { device, owner }
    }
    // Seed 5488 of the walk: a decision that waits refers to it, behind which the record is deleted.
    const mine = await make('client-wins')
    await mine.device.delete('pet', 10)
    await expect(mine.device.delete('client', mine.owner)).rejects.toMatchObject({
      code: 'HAS_CHILDREN',
      ids: [{ entityType: 'pet', id: 10 }],
    })
    // What the decision stands for comes back if it is refused.
    const theirs = await make('server-wins')
    await expect(theirs.device.delete('client', theirs.owner)).rejects.toMatchObject({ code: 'HAS_CHILDREN' })
  })
})
