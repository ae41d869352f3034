import { describe, expect, test } from 'vitest'
import { MAX_BATCH_LENGTH } from '../../src/stores/outbox.ts'
import { answerOf, Device, refusal, rowOf, wire } from '../support/store-harness.ts'

const PET = { name: 'Bella', species: 'dog', clientId: 1 }

const withRows = async (): Promise<Device> => {
  const device = await Device.open()
  await device.receive({
    entities: [
      rowOf('client', 1, 3, { name: 'Ada' }),
      rowOf('pet', 10, 5, PET),
      rowOf('pet', 11, 2, { name: 'Rex', clientId: 1 }),
    ],
  })
  return device
}

const kinds = async (device: Device) =>
  (await device.operations()).map((operation) => `${operation.type} ${operation.state}`)

const waiting = async (device: Device) =>
  (await device.operations()).find((operation) => operation.state === 'unsent')

describe('claiming', () => {
  test('SET1 claiming fixes id and bytes: update and delete carry the version they are based on, an update its fields there', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea', weightKg: 4 })
    await device.delete('pet', 11)
    const batch = await device.claimed()
    expect(batch.operations).toEqual([
      {
        id: expect.any(String),
        type: 'update',
        entityType: 'pet',
        entityId: 10,
        data: { name: 'Bea', weightKg: 4 },
        base: { name: 'Bella', weightKg: null },
        baseVersion: 5,
        editedAt: expect.any(Number),
      },
      {
        id: expect.any(String),
        type: 'delete',
        entityType: 'pet',
        entityId: 11,
        baseVersion: 2,
        editedAt: expect.any(Number),
      },
    ])
  })

  test('SET2 base and version are those of the row at the time of claiming, not of the edit', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    await device.receive({ entities: [rowOf('pet', 10, 6, { ...PET, species: 'wolf' })] })
    expect((await device.claimed()).operations[0]).toMatchObject({ base: { name: 'Bella' }, baseVersion: 6 })
  })

  test('SET3 what was sent and never answered goes again first, byte for byte, whatever was written since', async () => {
    const device = await withRows()
    await device.update('pet', 10, { clientId: 1, name: 'Bea' })
    const owner = await device.create('client', { name: 'Eve' })
    await device.update('pet', 10, { clientId: owner })
    const first = await device.claimed()
    expect(first.operations.map((operation) => operation.type)).toEqual(['create', 'update'])
    const bytes = JSON.stringify(first.operations)
    await device.update('pet', 10, { name: 'Beatrix' })
    await device.create('client', { name: 'Zoe' })
    device.clock.advance(3_600_000)
    await device.reopen()
    for (const size of [50, 1]) {
      const again = await device.claimed(size)
      expect(JSON.stringify(again.operations)).toBe(bytes)
      expect(again.batchId).toBe(first.batchId)
    }
  })

  test('SET4 nothing to send is null, and claiming nothing writes nothing', async () => {
    const device = await withRows()
    const before = await device.dump()
    expect(await device.claim()).toBeNull()
    expect(await device.dump()).toEqual(before)
  })

  test('SET5 a batch holds at most what was asked for, and the rest follows in the next', async () => {
    const device = await Device.open()
    for (let index = 0; index < 5; index++) await device.create('client', { name: `c${index}` })
    const sizes: number[] = []
    for (let batch = await device.claim(2); batch !== null; batch = await device.claim(2)) {
      sizes.push(batch.operations.length)
      await device.answer(
        batch,
        batch.operations.map((_operation, index) => ({
          entityId: 100 + sizes.length * 10 + index,
          version: 1,
        })),
      )
    }
    expect(sizes).toEqual([2, 2, 1])
  })

  test('SET6 a batch stays far under the body limit of the server, but one large operation goes alone', async () => {
    const device = await Device.open()
    // Three bytes of UTF-8 each, the most that a UTF-16 unit can take.
    const long = '\u20ac'.repeat(400_000)
    for (let index = 0; index < 5; index++) await device.create('client', { name: `${index}`, email: long })
    const batch = await device.claimed()
    expect(JSON.stringify(batch.operations).length).toBeLessThan(MAX_BATCH_LENGTH + 2000)
    expect(new TextEncoder().encode(JSON.stringify(batch)).length).toBeLessThan(4_194_304)
    expect(batch.operations.length).toBe(Math.floor(MAX_BATCH_LENGTH / 400_200))
    const alone = await Device.open()
    await alone.create('client', { name: 'x', email: '\u20ac'.repeat(MAX_BATCH_LENGTH) })
    expect((await alone.claimed()).operations).toHaveLength(1)
  }, 60_000)
})

describe('verdicts', () => {
  test('SET7 verdicts count by operation id, in any order; what is not mentioned has none and stays sent', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    await device.update('pet', 11, { name: 'Max' })
    await device.update('client', 1, { phone: '9' })
    const batch = await device.claimed()
    const [first, second, third] = batch.operations
    await device.settle(batch, {
      results: [
        { id: third?.id ?? '', status: 'applied', entityId: 1, version: 4, modifiedAt: 1 },
        { id: 'of-somebody-else', status: 'applied', entityId: 5, version: 1, modifiedAt: 1 },
        { id: first?.id ?? '', status: 'applied', entityId: 10, version: 6, modifiedAt: 1 },
      ],
      idMappings: [],
      serverTime: 1,
    })
    expect(await device.operations()).toMatchObject([{ id: second?.id, state: 'sent' }])
    expect(await device.get('pet', 10)).toMatchObject({ status: 'synced', version: 6, data: { name: 'Bea' } })
    expect((await device.claimed()).operations).toEqual([second])
  })

  test('SET8 an answer settles once: the same answer again, late, by a thawed tab, changes nothing', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    const batch = await device.claimed()
    const late = answerOf(batch, [{ entityId: 10, version: 6 }])
    await device.settle(batch, late)
    await device.update('pet', 10, { name: 'Beatrix' })
    const before = await device.dump()
    expect(await device.settle(batch, late)).toEqual({ applied: 0, conflicts: 0, rejected: 0 })
    const rest = (dump: typeof before) => dump.filter(([key]) => key[0] !== 'meta')
    expect(rest(await device.dump())).toEqual(rest(before))
  })

  test('SET9 two verdicts on one operation in one answer are one', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    const batch = await device.claimed()
    const id = batch.operations[0]?.id ?? ''
    await device.settle(batch, {
      results: [
        { id, status: 'applied', entityId: 10, version: 6, modifiedAt: 1 },
        { id, ...refusal('VALIDATION') } as never,
      ],
      idMappings: [],
      serverTime: 1,
    })
    expect(await kinds(device)).toEqual([])
  })

  test.each([
    ['a create without an id', { version: 1 }],
    ['a create whose id is a temp id', { entityId: 'temp_1730534400000_abc_client', version: 1 }],
    ['a create whose id is no integer', { entityId: 'seven', version: 1 }],
    ['a create without a version', { entityId: 7 }],
    ['a merge without a row', { status: 'merged' as const, entityId: 7, version: 1 }],
  ])('SET10 a malformed answer acknowledges nothing, not even its good verdicts: %s', async (_label, bad) => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    await device.create('client', { name: 'Eve' })
    const batch = await device.claimed()
    const before = await device.dump()
    const results = batch.operations.map((operation) =>
      operation.type === 'create' ? bad : { entityId: 10, version: 6 },
    )
    await expect(device.settle(batch, answerOf(batch, results))).rejects.toMatchObject({
      code: 'MALFORMED_ANSWER',
    })
    expect(await device.dump()).toEqual(before)
  })

  test('SET11 applied without data: the base becomes the row with the operation applied, with version and stamp', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea', species: null })
    await device.settleWith([{ entityId: 10, version: 6, modifiedAt: 77 }])
    const row = (await device.dump()).find(([key]) => key[0] === 'entity' && key[2] === 10)?.[1]
    expect(row).toMatchObject({ data: { name: 'Bea', clientId: 1 }, version: 6, modifiedAt: 77 })
    expect(row).not.toHaveProperty('base')
    expect(row).not.toHaveProperty('open')
  })

  test('SET12 a server default is not a colleague: what waits takes it as its ground', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'bea' })
    const batch = await device.claimed()
    await device.update('pet', 10, { name: 'Beatrix', weightKg: 4 })
    await device.answer(batch, [{ entityId: 10, version: 6, data: { ...PET, name: 'Bea', weightKg: 3 } }])
    expect(await waiting(device)).toMatchObject({ state: 'unsent', own: { name: 'Bea', weightKg: 3 } })
    const other = await withRows()
    await other.update('pet', 10, { name: 'bea' })
    const sent = await other.claimed()
    await other.delete('pet', 10)
    await other.answer(sent, [{ entityId: 10, version: 6, data: { ...PET, name: 'Bea' } }])
    expect(await waiting(other)).toMatchObject({ type: 'delete', own: { ...PET, name: 'Bea' } })
  })

  test('SET13 a merge is a colleague: what waits keeps its ground, and disagrees where the merged row moved', async () => {
    const device = await withRows()
    await device.update('pet', 10, { weightKg: 4 })
    const batch = await device.claimed()
    await device.update('pet', 10, { name: 'Bea' })
    await device.answer(batch, [
      { status: 'merged', entityId: 10, version: 7, data: { ...PET, name: 'Bo', weightKg: 4 } },
    ])
    expect(await kinds(device)).toEqual(['update conflict'])
    expect(await device.conflict()).toMatchObject({ kind: 'update-update', fields: ['name'] })
  })

  test('SET14 a row of a lower version than the one known is not written', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    await device.settleWith([{ entityId: 10, version: 4, data: { name: 'old', clientId: 1 } }])
    expect(await device.get('pet', 10)).toMatchObject({ version: 5, data: PET, status: 'synced' })
  })

  test('SET15 a delete that the server answers without a version is done, too', async () => {
    const device = await withRows()
    await device.delete('pet', 10)
    await device.settleWith([{ entityId: 10 }])
    expect(await device.get('pet', 10)).toBeUndefined()
    expect((await device.dump()).some(([key]) => key[0] === 'entity' && key[2] === 10)).toBe(false)
  })

  test('SET16 a row that moved on takes no stamp and no author from the version before', async () => {
    const device = await withRows()
    await device.receive({
      entities: [{ ...rowOf('pet', 10, 6, PET), by: { userId: 'b' }, edit: { at: 5, operationId: 'x' } }],
    })
    const row = async () => (await device.dump()).find(([key]) => key[0] === 'entity' && key[2] === 10)?.[1]
    expect(await row()).toMatchObject({ by: { userId: 'b' }, edit: { operationId: 'x' } })
    await device.receive({ cursor: 'c1.2', entities: [rowOf('pet', 10, 7, PET)] })
    expect(await row()).not.toHaveProperty('edit')
    expect(await row()).not.toHaveProperty('by')
  })

  test('SET17 every settle moves the sync count, the clock offset and the backoff', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    const batch = await device.claimed()
    await device.step(async (unit) => {
      unit.state.retry = { at: 5, attempt: 3, forced: false }
    })
    const { sync } = await device.state()
    await device.settle(batch, answerOf(batch, [{ entityId: 10, version: 6 }], device.clock.now() + 5000))
    expect(await device.state()).toMatchObject({
      sync: { count: sync.count + 1 },
      serverOffsetMs: 5000,
      retry: null,
    })
    await device.update('pet', 10, { name: 'Bo' })
    expect((await device.claimed()).operations[0]?.editedAt).toBe(device.clock.now() + 5000)
  })

  test('SET18 two tabs that claim get the same batch, never two', async () => {
    const device = await withRows()
    await device.update('pet', 10, { name: 'Bea' })
    const [one, two] = await Promise.all([device.claimed(), device.claimed()])
    expect(wire(two)).toEqual(wire(one))
    expect((await device.state()).next.batch).toBe(2)
  })
})
