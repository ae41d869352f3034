import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/protocol/json.ts'
import type { Query } from '../../src/stores/queries.ts'
import { listRecords } from '../../src/stores/queries.ts'
import { QuickStorage } from '../support/quick-storage.ts'
import { Device, refusal, rowOf } from '../support/store-harness.ts'

const PET = { name: 'Bella', species: 'dog', clientId: 1 }

/** A conflict known to the server as 7, a refused update, a new client with a pet, an edit of a row: one of everything. */
const _busy = async (): Promise<{ device: Device; storage: QuickStorage }> => {
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

describe('queries', () => {
  const make = async () => {
    const device = await Device.open()
    const row = (id: number, data: JsonObject) => rowOf('client', id, 1, data)
    await device.receive({
      entities: [
        row(1, { name: 'b', phone: '2', address: { city: 'Brno' } }),
        row(2, { name: 'a', address: { city: 'Praha' } }),
        row(10, { name: 'c', phone: '1' }),
        rowOf('pet', 5, 1, { name: 'x', clientId: 1, weightKg: 10 }),
        rowOf('pet', 6, 1, { name: 'y', clientId: 10, weightKg: 9 }),
        rowOf('pet', 7, 1, { name: 'z', clientId: 2 }),
      ],
    })
    return device
  }
  const ids = async (device: Device, type: string, query: Query) =>
    (await device.store.read((transaction) => listRecords(transaction, type, query))).map(({ id }) => id)

  test('QRY1 without a query: all that is shown, numbers by value before temp ids', async () => {
    const device = await make()
    const made = await device.create('client', { name: 'd' })
    await device.delete('pet', 7)
    expect(await ids(device, 'client', {})).toEqual([1, 2, 10, made])
    expect(await ids(device, 'pet', {})).toEqual([5, 6])
  })

  test('QRY2 where: equal values, one of a list, nested paths, missing as null', async () => {
    const device = await make()
    expect(await ids(device, 'client', { where: { name: 'a' } })).toEqual([2])
    expect(await ids(device, 'client', { where: { name: ['a', 'c'] } })).toEqual([2, 10])
    expect(await ids(device, 'client', { where: { 'address.city': 'Brno' } })).toEqual([1])
    expect(await ids(device, 'client', { where: { phone: null } })).toEqual([2])
    expect(await ids(device, 'client', { where: { id: [10, 1] } })).toEqual([1, 10])
    expect(await ids(device, 'client', { where: { name: 'a', phone: '1' } })).toEqual([])
    expect(await ids(device, 'client', { where: { constructor: null } })).toEqual([1, 2, 10])
  })

  test('QRY3 a reference is found by the old id, alone and in a list', async () => {
    const device = await make()
    const owner = await device.create('client', { name: 'd' })
    const pet = await device.create('pet', { name: 'w', clientId: owner })
    expect(await ids(device, 'pet', { where: { clientId: owner } })).toEqual([pet])
    await device.settleWith([
      { entityId: 30, version: 1 },
      { entityId: 40, version: 1 },
    ])
    expect(await ids(device, 'pet', { where: { clientId: owner } })).toEqual([40])
    expect(await ids(device, 'pet', { where: { clientId: [1, owner] } })).toEqual([5, 40])
    expect(await ids(device, 'pet', { where: { id: pet } })).toEqual([40])
  })

  test('QRY4 order by a path, numbers by value, what has none last; limit and offset after that', async () => {
    const device = await make()
    expect(await ids(device, 'pet', { orderBy: 'weightKg' })).toEqual([6, 5, 7])
    expect(await ids(device, 'client', { orderBy: 'name' })).toEqual([2, 1, 10])
    expect(await ids(device, 'client', { orderBy: '-name' })).toEqual([10, 1, 2])
    expect(await ids(device, 'client', { orderBy: 'id', limit: 2 })).toEqual([1, 2])
    expect(await ids(device, 'client', { orderBy: 'id', offset: 1, limit: 1 })).toEqual([2])
    expect(await ids(device, 'client', { offset: 5 })).toEqual([])
    expect(await ids(device, 'client', { limit: 0 })).toEqual([])
  })

  test('QRY5 what is read is a copy: a screen that changes it changes nothing', async () => {
    const device = await make()
    const [record] = await device.list('client')
    if (record !== undefined) record.data.name = 'changed'
    expect(await device.shown('client', 1)).toMatchObject({ name: 'b' })
  })
})
