import { describe, expect, test } from 'vitest'
import { Device, rowOf } from '../support/store-harness.ts'

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

describe('what is written before it is sent becomes one operation', () => {
  test('OUT1 create + update is one create', async () => {
    const device = await Device.open()
    const id = await device.create('client', { name: 'Ada', phone: '1' })
    const { id: operationId } = await only(device)
    await device.update('client', id, { phone: null, email: 'a@b.c' })
    expect(await only(device)).toMatchObject({
      id: operationId,
      type: 'create',
      data: { name: 'Ada', email: 'a@b.c' },
    })
    expect(await device.shown('client', id)).toEqual({ name: 'Ada', email: 'a@b.c' })
  })

  test('OUT2 create + delete is nothing: no operation, no record, no reference', async () => {
    const device = await withRows()
    const before = await device.dump()
    const id = await device.create('pet', { name: 'Kitty', clientId: 1 })
    await device.delete('pet', id)
    expect(await kinds(device)).toEqual([])
    const rest = (dump: typeof before) => dump.filter(([key]) => key[0] !== 'meta')
    expect(rest(await device.dump())).toEqual(rest(before))
  })

  test('OUT3 update + update is one update of both fields, on the ground of the first', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    await device.update('pet', 10, { name: 'Beatrix', weightKg: 4 })
    expect(await only(device)).toMatchObject({
      type: 'update',
      data: { name: 'Beatrix', weightKg: 4 },
      own: { name: 'Bella', weightKg: null },
    })
  })

  test('OUT4 update + delete is one delete, whose ground is the row without the update', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea', weightKg: 4 })
    await device.delete('pet', 10)
    const operation = await only(device)
    expect(operation.type).toBe('delete')
    expect(operation.data).toBeUndefined()
    expect(operation.own).toEqual({ name: 'Bella', species: 'dog', clientId: 1 })
    expect(await device.get('pet', 10)).toBeUndefined()
  })

  test('OUT5 a write that changes nothing is no operation', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bella', weightKg: null })
    expect(await kinds(device)).toEqual([])
  })

  test('OUT6 delete is terminal: what is deleted is not there to be changed', async () => {
    const device = await withRows()
    await device.delete('pet', 10)
    await expect(device.update('pet', 10, { name: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(device.delete('pet', 10)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(device.update('pet', 99, { name: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await kinds(device)).toEqual(['delete unsent'])
  })

  test('OUT7 priority is the highest of what was squashed', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'x' }, 5)
    await device.update('pet', 10, { name: 'y' }, 1)
    expect((await only(device)).priority).toBe(5)
  })
})

describe('what is sent is not touched', () => {
  test('OUT8 an edit during the flight is an operation of its own, and later edits join that one', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    const batch = await device.claimed()
    const bytes = JSON.stringify(batch.operations)
    await device.update('pet', 10, { name: 'Beatrix' })
    await device.update('pet', 10, { weightKg: 4 })
    expect(await kinds(device)).toEqual(['update sent', 'update unsent'])
    expect((await device.operations())[1]).toMatchObject({
      data: { name: 'Beatrix', weightKg: 4 },
      own: { name: 'Bea', weightKg: null },
    })
    expect(JSON.stringify((await device.claim())?.operations)).toBe(bytes)
    expect(await device.shown('pet', 10)).toMatchObject({ name: 'Beatrix', weightKg: 4 })
  })

  test('OUT9 a delete behind a sent create waits for its verdict and goes to the id it gave', async () => {
    const device = await Device.open()
    const id = await device.create('client', CLIENT)
    const batch = await device.claimed()
    await device.delete('client', id)
    expect(await kinds(device)).toEqual(['create sent', 'delete unsent'])
    expect(await device.get('client', id)).toBeUndefined()
    await device.answer(batch, [{ entityId: 7, version: 1 }])
    const next = await device.settleWith([{ entityId: 7, version: 2 }])
    expect(next.operations).toMatchObject([{ type: 'delete', entityId: 7, baseVersion: 1 }])
    expect((await device.dump()).filter(([key]) => key[0] === 'entity')).toEqual([])
  })
})
