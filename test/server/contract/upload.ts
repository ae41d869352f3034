import { expect, it } from 'vitest'
import type { OperationResult } from '../../../src/protocol/messages.ts'
import { type Bench, nextId, temp, type Who } from '../support/bench.ts'
import { newAppointment, newClient, newNote, newPet, newTenant, story } from '../support/practice.ts'

const withIds = <T extends object>(operations: readonly T[]) =>
  operations.map((operation) => ({ id: nextId(), ...operation }))

const codeOf = (result: OperationResult | undefined) => result?.error?.code

/** Every order of four operations. */
const orders = (items: number[]): number[][] =>
  items.length < 2
    ? [items]
    : items.flatMap((item, at) => orders(items.toSpliced(at, 1)).map((rest) => [item, ...rest]))

export const uploadContract = (bench: () => Bench): void => {
  const fresh = (): Who & { tenant: string } => ({ tenant: newTenant() })

  it('SRV3 four records that refer to each other by temp ids are applied in one request, in whatever order', async () => {
    for (const order of orders([0, 1, 2, 3])) {
      const who = fresh()
      const operations = withIds(story())
      const sent = order.map((index) => operations[index] as (typeof operations)[number])
      const { results, idMappings } = await bench().upload(sent, who)
      expect(results.map(({ id, status, version }) => [id, status, version])).toEqual(
        sent.map(({ id }) => [id, 'applied', 1]),
      )
      expect(idMappings).toHaveLength(4)
      for (const { entityId, entityType } of operations)
        expect(idMappings).toContainEqual({
          tempId: entityId,
          entityType,
          realId: expect.any(Number),
          createdAt: Number(String(entityId).slice(5, 18)),
          syncedAt: expect.any(Number),
        })
      const realOf = (index: number) =>
        idMappings.find(({ tempId }) => tempId === operations[index]?.entityId)?.realId
      const { entities } = await bench().download({}, who)
      expect(entities.map(({ entityType, id, data }) => ({ entityType, id, data }))).toEqual(
        expect.arrayContaining([
          { entityType: 'client', id: realOf(0), data: { name: 'Jana Horak' } },
          { entityType: 'pet', id: realOf(1), data: { name: 'Bella', clientId: realOf(0) } },
          { entityType: 'appointment', id: realOf(2), data: { reason: 'Limps', petId: realOf(1) } },
          {
            entityType: 'soapNote',
            id: realOf(3),
            data: { subjective: 'Limps since Monday', appointmentId: realOf(2) },
          },
        ]),
      )
      expect(entities).toHaveLength(4)
      expect(JSON.stringify(entities)).not.toContain('temp_')
    }
  })

  it('SRV4 the same body again answers the same and creates nothing', async () => {
    const who = fresh()
    const operations = withIds(story())
    const first = await bench().upload(operations, who)
    const again = await bench().upload(operations, who)
    expect(again.results).toEqual(first.results.map((result) => ({ ...result, replayed: true })))
    expect(again.idMappings).toEqual(first.idMappings)
    expect((await bench().download({}, who)).entities).toHaveLength(4)
  })

  it('SRV4 a repeated id with other content is refused, and the first verdict stands', async () => {
    const who = fresh()
    const operation = { id: nextId(), ...newClient() }
    const { results } = await bench().upload([operation], who)
    const changed = await bench().upload([{ ...operation, data: { name: 'Somebody else' } }], who)
    expect(codeOf(changed.results[0])).toBe('OP_ID_REUSED')
    const again = await bench().upload([operation], who)
    expect(again.results[0]).toEqual({ ...results[0], replayed: true })
  })

  it('SRV4 the same id twice in one request: the second is a replay, or reused', async () => {
    const who = fresh()
    const operation = { id: nextId(), ...newClient() }
    const { results } = await bench().upload(
      [operation, operation, { ...operation, data: { name: 'Else' } }],
      who,
    )
    expect(results[0]?.status).toBe('applied')
    expect(results[1]).toEqual({ ...results[0], replayed: true })
    expect(codeOf(results[2])).toBe('OP_ID_REUSED')
    expect((await bench().download({}, who)).entities).toHaveLength(1)
  })

  it('SRV4 a refused operation spends its id: the refusal is replayed even where it would pass now', async () => {
    const who = fresh()
    const client = { id: nextId(), ...newClient() }
    const pet = { id: nextId(), ...newPet(client.entityId) }
    const early = await bench().upload([pet], who)
    expect(codeOf(early.results[0])).toBe('DEPENDENCY_FAILED')
    await bench().upload([client], who)
    expect((await bench().upload([pet], who)).results[0]).toEqual({ ...early.results[0], replayed: true })
    expect((await bench().upload([{ ...pet, id: nextId() }], who)).results[0]?.status).toBe('applied')
  })

  it('SRV4 operation ids of two users and of two tenants do not meet', async () => {
    const who = fresh()
    const operation = { id: nextId(), ...newClient() }
    for (const other of [who, { ...who, user: 'u2' }, fresh()]) {
      const { results } = await bench().upload([{ ...operation, entityId: temp('client') }], other)
      expect(results[0]?.status).toBe('applied')
      expect(results[0]?.replayed).toBeUndefined()
    }
  })

  it('SRV4 an empty upload is answered', async () => {
    const answer = await bench().upload([], fresh())
    expect(answer).toEqual({ results: [], idMappings: [], serverTime: expect.any(Number) })
  })

  it('SRV5 each operation is judged alone; a bad one never fails the others', async () => {
    const who = fresh()
    const bad: [object, string, string?][] = [
      [
        { type: 'create', entityType: 'unicorn', entityId: temp('unicorn'), data: {} },
        'UNKNOWN_TYPE',
        'entityType',
      ],
      [{ ...newClient(), data: { name: 'A', colour: 'red' } }, 'UNKNOWN_FIELD', 'colour'],
      [{ ...newClient(), colour: 'red' }, 'UNKNOWN_FIELD', 'colour'],
      [{ ...newClient(), data: { email: 'a@b.c' } }, 'VALIDATION', 'name'],
      [{ ...newClient(), data: { name: 7 } }, 'VALIDATION', 'name'],
      [{ ...newClient(), data: { name: 'nul \u0000' } }, 'VALIDATION', 'name'],
      [{ ...newClient(), data: { name: 'half \ud83d' } }, 'VALIDATION', 'name'],
      [
        { ...newClient(), data: { name: 'A', address: { street: 'nul \u0000' } } },
        'VALIDATION',
        'address.street',
      ],
      [{ ...newClient(), data: undefined }, 'VALIDATION', 'data'],
      [{ ...newClient(), type: 'upsert' }, 'VALIDATION', 'type'],
      [{ ...newClient(), entityId: 1.5 }, 'VALIDATION', 'entityId'],
      [{ ...newClient(), entityId: '42' }, 'UNKNOWN_TEMP_ID', 'entityId'],
      [{ ...newClient(), entityId: temp('pet') }, 'UNKNOWN_TEMP_ID', 'entityId'],
      [{ ...newClient(), entityId: 4_000_000_000 }, 'NOT_FOUND', 'entityId'],
      [
        { type: 'update', entityType: 'client', entityId: 1, data: { name: 'B' } },
        'VALIDATION',
        'baseVersion',
      ],
      [{ type: 'update', entityType: 'client', entityId: 1, data: {}, baseVersion: 1 }, 'VALIDATION', 'data'],
      [
        { type: 'update', entityType: 'client', entityId: 1, data: { name: null }, baseVersion: 1 },
        'VALIDATION',
        'name',
      ],
      [{ type: 'delete', entityType: 'client', entityId: 1 }, 'VALIDATION', 'baseVersion'],
      [
        {
          type: 'update',
          entityType: 'client',
          entityId: 1,
          data: { name: 'B' },
          base: { hue: 1 },
          baseVersion: 1,
        },
        'UNKNOWN_FIELD',
        'base.hue',
      ],
      [newPet('temp_rubbish'), 'UNKNOWN_TEMP_ID', 'clientId'],
      [newPet('42'), 'UNKNOWN_TEMP_ID', 'clientId'],
      [newPet(temp('pet')), 'UNKNOWN_TEMP_ID', 'clientId'],
      [newPet(temp('client')), 'DEPENDENCY_FAILED', 'clientId'],
      [newPet(4_000_000_000), 'FK_VIOLATION', 'clientId'],
      [{ ...newClient(), data: { name: 'x'.repeat(262_144) } }, 'TOO_LARGE'],
    ]
    const good = withIds(story())
    const sent = withIds(bad.map(([operation]) => operation))
    const { results } = await bench().upload([...sent, ...good], who)
    expect(
      results.slice(0, bad.length).map(({ status, error }) => [status, error?.code, error?.path]),
    ).toEqual(bad.map(([, code, path]) => ['rejected', code, path]))
    expect(results.slice(bad.length).map(({ status }) => status)).toEqual([
      'applied',
      'applied',
      'applied',
      'applied',
    ])
    const again = await bench().upload([...sent, ...good], who)
    expect(again.results).toEqual(results.map((result) => ({ ...result, replayed: true })))
  })

  it('SRV5 an element without a usable id, an unknown top field, or no operations fails the request', async () => {
    for (const [body, path] of [
      [{ operations: [newClient()] }, 'operations[0]'],
      [{ operations: ['x'] }, 'operations[0]'],
      [{ operations: [{ ...newClient(), id: 'has space' }] }, 'operations[0]'],
      [{ operations: [{ ...newClient(), id: 'x'.repeat(65) }] }, 'operations[0]'],
      [{ operations: [], tenant: 't2' }, 'tenant'],
      [{}, 'operations'],
      [[], undefined],
      ['null', undefined],
      ['7', undefined],
    ] as const) {
      const answer = await bench().send('/upload', body, fresh())
      expect([answer.status, answer.body.code]).toEqual([400, 'INVALID_REQUEST'])
      expect(answer.body.errors?.[0]?.path).toBe(path)
    }
    const many = Array.from({ length: 1001 }, () => ({ id: nextId(), ...newClient() }))
    const answer = await bench().send('/upload', { operations: many }, fresh())
    expect([answer.status, answer.body.code]).toEqual([413, 'TOO_MANY_OPERATIONS'])
  })

  it('SRV5 fields named like members of Object are data or unknown, never code', async () => {
    const who = fresh()
    const body = (name: string) =>
      `{"operations":[{"id":"${nextId()}","type":"create","entityType":"client","entityId":"${temp('client')}","data":{"name":"A","${name}":{"polluted":1}}}]}`
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString']) {
      const answer = await bench().send<{ results: OperationResult[] }>('/upload', body(name), who)
      expect([name, codeOf(answer.body.results[0])]).toEqual([name, 'UNKNOWN_FIELD'])
    }
    const nested = await bench().send<{ results: OperationResult[] }>(
      '/upload',
      body('address').replace('polluted', '__proto__'),
      who,
    )
    expect(codeOf(nested.body.results[0])).toBe('VALIDATION')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    for (const type of ['__proto__', 'constructor', 'toString'])
      expect(
        codeOf(await bench().one({ type: 'create', entityType: type, entityId: temp(type), data: {} }, who)),
      ).toBe('UNKNOWN_TYPE')
  })

  it('SRV6 a temp id that is mapped already creates nothing: equal data is applied, other data ALREADY_EXISTS', async () => {
    const who = fresh()
    const client = newClient({ phone: '1' })
    const { entityId } = await bench().one(client, who)
    expect(await bench().one({ ...client, data: { ...client.data, email: null } }, who)).toMatchObject({
      status: 'applied',
      entityId,
      version: 1,
    })
    const other = await bench().one({ ...client, data: { name: 'Else' } }, who)
    expect(other.error).toMatchObject({
      code: 'ALREADY_EXISTS',
      existing: { entityId, version: 1, data: client.data },
    })
    await bench().one(
      { type: 'delete', entityType: 'client', entityId: client.entityId, baseVersion: 1 },
      who,
    )
    const gone = await bench().one(client, who)
    expect(gone.error).toMatchObject({
      code: 'ALREADY_EXISTS',
      existing: { entityId, version: 2, data: null },
    })
    expect((await bench().download({}, who)).entities).toEqual([])
  })

  it('SRV6 a refused create takes what hangs on it along, and nothing else', async () => {
    const who = fresh()
    const client = newClient({ name: '' })
    const pet = newPet(client.entityId)
    const appointment = newAppointment(pet.entityId)
    const other = newClient()
    const note = newNote(appointment.entityId)
    const { results, idMappings } = await bench().upload(
      withIds([note, appointment, other, pet, client]),
      who,
    )
    expect(results.map((result) => codeOf(result) ?? result.status)).toEqual([
      'DEPENDENCY_FAILED',
      'DEPENDENCY_FAILED',
      'applied',
      'DEPENDENCY_FAILED',
      'VALIDATION',
    ])
    expect(idMappings.map(({ tempId }) => tempId)).toEqual([other.entityId])
  })

  it('SRV6 an update of an unmapped temp id is not yet possible, a delete of it is done', async () => {
    const who = fresh()
    const target = { entityType: 'client', entityId: temp('client'), baseVersion: 1 }
    expect((await bench().one({ ...target, type: 'update', data: { name: 'B' } }, who)).error).toMatchObject({
      code: 'DEPENDENCY_FAILED',
      path: 'entityId',
    })
    expect(await bench().one({ ...target, type: 'delete' }, who)).toMatchObject({
      status: 'applied',
      version: null,
    })
  })

  it('SRV6 temp ids resolve across requests, as a target and as a reference', async () => {
    const who = fresh()
    const client = newClient()
    const { entityId } = await bench().one(client, who)
    expect((await bench().one(newPet(client.entityId), who)).status).toBe('applied')
    const update = {
      type: 'update',
      entityType: 'client',
      entityId: client.entityId,
      data: { phone: '2' },
    } as const
    expect(await bench().one({ ...update, baseVersion: 1 }, who)).toMatchObject({
      status: 'applied',
      entityId,
      version: 2,
    })
    const { entities } = await bench().download({ entityTypes: ['pet'] }, who)
    expect(entities[0]?.data.clientId).toBe(entityId)
  })

  it('SRV10 values come back exactly as they were sent', async () => {
    const who = fresh()
    const data = {
      name: 'Žofie 🐕 “quoted” \\ \t\n\u2028 e\u0301',
      email: '',
      phone: '007',
      address: { z: [1, 'two', { three: [] }], a: { b: null, c: -0.1 }, '': 'empty key', ünï: true },
    }
    const client = newClient(data)
    const { entityId } = await bench().one(client, who)
    const numbers = [
      24.1,
      0.1 + 0.2,
      1e21,
      5e-324,
      1.7976931348623157e308,
      -0.000_001,
      9_007_199_254_740_991,
      0,
    ]
    for (const weightKg of numbers) await bench().one(newPet(entityId as number, { weightKg }), who)
    const startsAt = '2026-03-01T08:30:00.120+01:00'
    const petId = (await bench().one(newPet(entityId as number), who)).entityId as number
    await bench().one(newAppointment(petId, { startsAt, reason: null }), who)
    const { entities } = await bench().download({}, who)
    const of = (type: string) =>
      entities.filter(({ entityType }) => entityType === type).map((row) => row.data)
    expect(of('client')).toEqual([data])
    expect(of('pet').flatMap(({ weightKg }) => weightKg ?? [])).toEqual(numbers)
    expect(of('appointment')).toEqual([{ petId, startsAt }])
  })

  it('SRV10 the edit and its author come with the row', async () => {
    const who = {
      ...fresh(),
      user: '7',
      headers: { 'Synchart-Device': encodeURIComponent('Ošetřovna č. 2') },
    }
    const at = Date.now() - 5000
    const operation = { id: nextId(), ...newClient(), editedAt: at }
    await bench().upload([operation, { id: nextId(), ...newClient(), editedAt: at + 86_400_000 }], {
      ...who,
      clientId: 'c-1',
    })
    const [row, future] = (await bench().download({}, who)).entities
    expect(row).toMatchObject({
      edit: { at, clientId: 'c-1', operationId: operation.id },
      by: { userId: '7', device: 'Ošetřovna č. 2' },
    })
    expect(future?.edit?.at).toBeLessThanOrEqual(Date.now())
  })
}
