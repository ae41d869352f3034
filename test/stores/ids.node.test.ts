import { describe, expect, test } from 'vitest'
import type { StorageKey } from '../../src/ports/storage.ts'
import type { JsonObject } from '../../src/protocol/json.ts'
import { Device, deletionOf, refusal, rowOf } from '../support/store-harness.ts'

const keysOf = async (device: Device, kind: string): Promise<StorageKey[]> =>
  (await device.dump()).map(([key]) => key).filter((key) => key[0] === kind)

describe('a temp id and the id that the server gives', () => {
  test('IDS1 one transaction moves the record, stores the alias and rewrites every reference, in every form', async () => {
    const device = await Device.open()
    await device.receive({ entities: [rowOf('pet', 9, 1, { name: 'Rex', clientId: 3 })] })
    const owner = await device.create('client', { name: 'Ada' })
    const pet = await device.create('pet', { name: 'Bella', clientId: owner })
    await device.create('round', {
      petIds: [pet, 9, pet],
      items: [{ petId: pet, note: 'x' }, { note: pet }, { petId: 9 }],
      byPlace: { cage: pet, hall: 9 },
      owner: { clientId: owner },
      subject: { type: 'pet', id: pet },
      seen: [
        { type: 'client', id: owner },
        { type: 'pet', id: 9 },
      ],
      title: pet,
    })
    await device.settleWith([
      { entityId: 7, version: 1 },
      { entityId: 10, version: 1 },
      { entityId: 4, version: 1 },
    ])
    expect(await device.shown('round', 4)).toEqual({
      petIds: [10, 9, 10],
      items: [{ petId: 10, note: 'x' }, { note: pet }, { petId: 9 }],
      byPlace: { cage: 10, hall: 9 },
      owner: { clientId: 7 },
      subject: { type: 'pet', id: 10 },
      seen: [
        { type: 'client', id: 7 },
        { type: 'pet', id: 9 },
      ],
      title: pet,
    })
    expect(await device.shown('pet', 10)).toEqual({ name: 'Bella', clientId: 7 })
    expect((await keysOf(device, 'entity')).map((key) => key[2])).toEqual([7, 9, 10, 4])
    expect((await keysOf(device, 'id')).length).toBe(3)
  })

  test('IDS2 rows, edits, conflicts and clean records that refer to it follow; the bytes of a sent operation do not', async () => {
    const device = await Device.open()
    await device.receive({
      entities: [
        rowOf('client', 1, 1, { name: 'Old' }),
        rowOf('pet', 10, 5, { name: 'Bella', clientId: 1 }),
        rowOf('pet', 11, 5, { name: 'Rex', clientId: 1 }),
      ],
    })
    const owner = await device.create('client', { name: 'Ada' })
    const create = await device.claimed()
    await device.update('pet', 10, { clientId: owner })
    await device.update('pet', 11, { clientId: owner, name: 'Max' })
    await device.answer(create, [{ entityId: 7, version: 1 }])
    expect(await device.shown('pet', 10)).toMatchObject({ clientId: 7 })
    await device.receive({ cursor: 'c1.2', entities: [rowOf('pet', 11, 6, { name: 'Bo', clientId: 1 })] })
    expect((await device.conflicts())[0]).toMatchObject({
      localData: { clientId: 7 },
      serverData: { clientId: 1 },
    })
    const batch = await device.claimed()
    expect(batch.operations).toMatchObject([{ entityId: 10, data: { clientId: 7 }, base: { clientId: 1 } }])
    expect((await keysOf(device, 'ref')).map((key) => key[2])).toEqual([7, 7])
  })

  test('IDS3 a conflict that was opened before the id was given shows the new one, and decides with it', async () => {
    const device = await Device.open()
    await device.receive({
      entities: [rowOf('client', 1, 1, { name: 'Old' }), rowOf('pet', 10, 5, { name: 'Bella', clientId: 1 })],
    })
    const owner = await device.create('client', { name: 'Ada' })
    await device.update('pet', 10, { clientId: owner })
    await device.receive({
      cursor: 'c1.2',
      entities: [rowOf('client', 2, 1, { name: 'Zoe' }), rowOf('pet', 10, 6, { name: 'Bella', clientId: 2 })],
    })
    await device.settleWith([{ entityId: 7, version: 1 }])
    expect((await device.conflicts())[0]).toMatchObject({ localData: { clientId: 7 } })
    await device.decide((await device.conflict()).id, 'client-wins')
    expect((await device.claimed()).operations).toMatchObject([
      { type: 'update', entityId: 10, data: { clientId: 7 }, base: { clientId: 2 }, baseVersion: 6 },
    ])
  })

  test('IDS4 get, update and delete accept the old id for the life of the store; the key never changes', async () => {
    const device = await Device.open()
    const id = await device.create('client', { name: 'Ada' })
    const { key } = (await device.get('client', id)) ?? {}
    await device.settleWith([{ entityId: 7, version: 1 }])
    await device.reopen()
    expect(await device.get('client', id)).toMatchObject({ id: 7, key, data: { name: 'Ada' } })
    await device.update('client', id, { phone: '1' })
    expect(await device.get('client', 7)).toMatchObject({ key, data: { name: 'Ada', phone: '1' } })
    await device.settleWith([{ entityId: 7, version: 2 }])
    const pet = await device.create('pet', { name: 'Bella', clientId: id })
    expect(await device.shown('pet', pet)).toEqual({ name: 'Bella', clientId: 7 })
    await device.settleWith([{ entityId: 8, version: 1 }])
    await device.delete('pet', pet)
    await device.delete('client', id)
    expect((await device.claimed()).operations.map((operation) => operation.entityId)).toEqual([8, 7])
  })

  test('IDS5 a mapped temp id is never stored again: an open form that still has it writes the new one', async () => {
    const device = await Device.open()
    const owner = await device.create('client', { name: 'Ada' })
    const pet = await device.create('pet', { name: 'Bella', clientId: owner })
    await device.settleWith([
      { entityId: 7, version: 1 },
      { entityId: 8, version: 1 },
    ])
    await device.update('pet', pet, { siblingId: pet, clientId: owner })
    expect((await device.operations())[0]?.data).toEqual({ siblingId: 8 })
  })

  test('IDS6 a child acknowledged before its parent follows when the parent gets its id', async () => {
    const device = await Device.open()
    const owner = await device.create('client', { name: 'Ada' })
    const pet = await device.create('pet', { name: 'Bella', clientId: owner })
    const batch = await device.claimed()
    await device.settle(batch, {
      results: [
        { id: batch.operations[1]?.id ?? '', status: 'applied', entityId: 8, version: 1, modifiedAt: 1 },
      ],
      idMappings: [],
      serverTime: 1,
    })
    expect(await device.get('pet', pet)).toMatchObject({ id: 8, status: 'synced' })
    await device.settleWith([{ entityId: 7, version: 1 }])
    expect(await device.shown('pet', 8)).toEqual({ name: 'Bella', clientId: 7 })
  })

  test('IDS7 operations that failed keep their temp ids and their children wait', async () => {
    const device = await Device.open()
    const owner = await device.create('client', { name: 'Ada' })
    await device.create('pet', { name: 'Bella', clientId: owner })
    await device.create('client', { name: 'Zoe' })
    const batch = await device.claimed()
    expect(batch.operations.map((operation) => operation.data?.name)).toEqual(['Ada', 'Bella', 'Zoe'])
    await device.answer(batch, [
      refusal('VALIDATION'),
      refusal('DEPENDENCY_FAILED', 'clientId'),
      { entityId: 9, version: 1 },
    ])
    expect(await device.claim()).toBeNull()
    await device.update('client', owner, { name: 'Ada L.' })
    expect((await device.claimed()).operations.map((operation) => operation.data?.name)).toEqual([
      'Ada L.',
      'Bella',
    ])
  })

  test('IDS8 a text that only looks like the id, or lies at no declared path, is left alone', async () => {
    const device = await Device.open()
    const owner = await device.create('client', { name: 'Ada' })
    const note: JsonObject = { name: `about ${owner}`, species: owner, clientId: owner }
    const pet = await device.create('pet', note)
    await device.settleWith([
      { entityId: 7, version: 1 },
      { entityId: 8, version: 1 },
    ])
    expect(await device.shown('pet', pet)).toEqual({ name: `about ${owner}`, species: owner, clientId: 7 })
  })

  test('IDS9 ids do not run backwards when the clock does, nor meet after a reload', async () => {
    const device = await Device.open()
    const ids: string[] = []
    for (let round = 0; round < 20; round++) {
      ids.push(await device.create('client', { name: 'x' }))
      device.clock.advance(round % 3 === 0 ? -1000 : 1)
      if (round % 5 === 0) await device.reopen()
    }
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('IDS10 a list that refers to a record twice still refers to it after any other change', async () => {
    const device = await Device.open()
    await device.receive({
      entities: [rowOf('pet', 9, 1, { name: 'Rex', clientId: 3 }), rowOf('round', 1, 1, { petIds: [9, 9] })],
    })
    await device.update('round', 1, { title: 'morning' })
    await expect(device.delete('pet', 9)).rejects.toMatchObject({ code: 'HAS_CHILDREN' })
  })

  test('IDS11 a record that clears its own temp reference, refers to itself, or swaps two, ends with real ids', async () => {
    const device = await Device.open()
    await device.receive({ entities: [rowOf('client', 1, 1, { name: 'Ada' })] })
    const [a, b] = [
      await device.create('pet', { name: 'a', clientId: 1 }),
      await device.create('pet', { name: 'b', clientId: 1 }),
    ]
    await device.settleWith([
      { entityId: 10, version: 1 },
      { entityId: 11, version: 1 },
    ])
    await device.update('pet', a, { siblingId: a })
    await device.update('pet', b, { siblingId: a })
    await device.update('pet', a, { siblingId: b })
    expect((await device.claimed()).operations.map(({ data }) => data)).toEqual([
      { siblingId: 11 },
      { siblingId: 10 },
    ])
  })

  test('IDS12 a new record that refers to itself is sent and ends with its own id', async () => {
    const device = await Device.open()
    await device.receive({ entities: [rowOf('client', 1, 1, { name: 'Ada' })] })
    const pet = await device.create('pet', { name: 'a', clientId: 1 })
    await device.update('pet', pet, { siblingId: pet })
    await device.settleWith([{ entityId: 10, version: 1 }])
    expect(await device.shown('pet', pet)).toEqual({ name: 'a', clientId: 1, siblingId: 10 })
  })

  test('IDS13 what is not shown follows when it is read again (seed 50255 of the walk)', async () => {
    const device = await Device.open()
    const owner = await device.create('client', { name: 'Ada' })
    const pet = await device.create('pet', { name: 'Bella', clientId: owner })
    const batch = await device.claimed()
    const only = {
      id: batch.operations[1]?.id ?? '',
      status: 'applied' as const,
      entityId: 8,
      version: 1,
      modifiedAt: 1,
    }
    await device.settle(batch, { results: [only], idMappings: [], serverTime: 1 })
    await device.delete('pet', pet)
    await device.settleWith([{ entityId: 7, version: 1 }])
    const conflict = {
      conflictId: 3,
      state: 'open' as const,
      reason: 'has-children' as const,
      serverVersion: 1,
    }
    await device.settleWith([{ status: 'conflict', conflict }])
    expect(await device.conflicts()).toMatchObject([{ localData: null, serverData: { clientId: 7 } }])
    await device.decide((await device.conflict()).id, 'client-wins', { name: 'Bea' })
    expect((await device.claimed()).operations).toMatchObject([
      { type: 'update', data: { name: 'Bea' }, conflictId: 3 },
    ])
    expect(await device.shown('pet', pet)).toEqual({ name: 'Bea', clientId: 7 })
  })

  test('IDS14 a revival of a record that refers to itself is sent (seed 5983 of the walk)', async () => {
    const device = await Device.open()
    await device.receive({ entities: [rowOf('pet', 10, 5, { name: 'Bella', clientId: 1 })] })
    await device.update('pet', 10, { siblingId: 10 })
    await device.receive({ cursor: 'c1.2', deletions: [deletionOf('pet', 10, 6)] })
    await device.decide((await device.conflict()).id, 'client-wins')
    expect((await device.claimed()).operations).toMatchObject([
      { type: 'create', entityId: 10, data: { siblingId: 10 } },
    ])
  })
})
