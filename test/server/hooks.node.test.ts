import { beforeEach, describe, expect, it } from 'vitest'
import { practiceSchema } from '../../demo/practice.ts'
import type { Authorize } from '../../server/index.ts'
import { practice } from '../support/practice.ts'
import { type Bench, benchOn, nextId, type Who } from './support/bench.ts'
import { memoryStoreFor, newAppointment, newClient, newNote, newPet } from './support/practice.ts'

/** Viewers read; receptionists do everything but notes, of which they may only make new ones; vets do everything. */
const authorize: Authorize = ({ roles }, action, entityType) => {
  if (roles.includes('veterinarian')) return true
  if (roles.includes('receptionist'))
    return entityType !== 'soapNote' || action === 'create' || action === 'update'
  return roles.includes('viewer') && action === 'read'
}

describe('rules of the app', () => {
  let bench: Bench
  const vet: Who = { user: 'vet' }
  const desk: Who = { user: 'desk', roles: ['receptionist'] }
  const viewer: Who = { user: 'viewer', roles: ['viewer'] }

  beforeEach(() => {
    bench = benchOn(practiceSchema, memoryStoreFor(practiceSchema), { authorize })
  })

  const note = async (): Promise<{ visit: number; note: number }> => {
    const made = async (operation: object) => (await bench.one(operation, vet)).entityId as number
    const visit = await made(newAppointment(await made(newPet(await made(newClient())))))
    return { visit, note: await made(newNote(visit, { plan: 'Secret' })) }
  }
  const update = (entityId: number, baseVersion: number, data: object, more: object = {}) => ({
    type: 'update',
    entityType: 'soapNote',
    entityId,
    baseVersion,
    data,
    ...more,
  })

  it('SRV18 what a role may not do is FORBIDDEN for that operation alone', async () => {
    const operations = [newClient(), { ...newClient(), type: 'delete', baseVersion: 1 }].map((operation) => ({
      id: nextId(),
      ...operation,
    }))
    expect((await bench.upload(operations, viewer)).results.map(({ error }) => error?.code)).toEqual([
      'FORBIDDEN',
      'FORBIDDEN',
    ])
    expect((await bench.upload(operations, vet)).results[0]?.status).toBe('applied')
    expect((await bench.download({}, viewer)).entities).toHaveLength(1)
    expect((await bench.download({}, { user: 'nobody', roles: [] })).entities).toEqual([])
  })

  it('SRV18 a type that a role may not read is on no page, in no list, in no verdict', async () => {
    const { visit, note: id } = await note()
    const secret = (answer: unknown) => expect(JSON.stringify(answer)).not.toContain('Secret')
    const page = await bench.download({}, desk)
    expect(page.entities.map(({ entityType }) => entityType)).toEqual(['client', 'pet', 'appointment'])
    expect((await bench.download({ entityTypes: ['soapNote'] }, desk)).entities).toEqual([])
    expect((await bench.download({ lastSync: page.cursor }, vet)).reset?.reason).toBe('view_changed')
    const moved = await bench.one(update(id, 7, { plan: 'Mine' }), desk)
    expect(moved).toMatchObject({ status: 'rejected', error: { code: 'FORBIDDEN' } })
    const twin = newNote(visit)
    await bench.one({ ...twin, data: { ...twin.data, plan: 'Secret' } }, vet)
    const known = await bench.one(twin, desk)
    expect(known.error?.code).toBe('ALREADY_EXISTS')
    expect(known.error?.existing).toBeUndefined()
    secret([page, moved, known, await bench.conflicts('', desk)])
  })

  it('SRV18 who lost the right to a conflict may still accept the server, without being shown the row', async () => {
    const { note: id } = await note()
    await bench.one(update(id, 1, { plan: 'Secret 2' }), vet)
    const { conflict } = await bench.one(update(id, 1, { plan: 'Mine' }), vet)
    const conflictId = conflict?.conflictId as number
    const reduced: Who = { user: 'vet', roles: ['viewer-of-nothing'] }
    expect((await bench.conflicts('', reduced)).conflicts).toEqual([])
    expect(
      (await bench.resolve({ conflictId, resolution: { strategy: 'server-wins' } }, reduced)).status,
    ).toBe(404)
    expect((await bench.one(update(id, 2, { plan: 'Mine' }, { conflictId }), reduced)).error?.code).toBe(
      'FORBIDDEN',
    )
    const accepted = await bench.one(update(id, 2, {}, { conflictId }), reduced)
    expect(accepted).toEqual({ id: expect.any(String), status: 'applied', entityId: id })
    const again = await bench.one(update(id, 2, {}, { conflictId }), reduced)
    expect(again.error?.code).toBe('ALREADY_RESOLVED')
    expect(again.conflict).toEqual({ conflictId, state: 'resolved' })
    expect((await bench.conflicts('?state=resolved', vet)).conflicts).toHaveLength(1)
  })

  it('SRV18 resolving needs the right to what it writes', async () => {
    const { note: id } = await note()
    await bench.one(update(id, 1, { plan: 'B' }), vet)
    const { conflict } = await bench.one(update(id, 1, { plan: 'C' }), vet)
    const reader: Who = { user: 'vet', roles: ['viewer'] }
    const body = (strategy: string) => ({ conflictId: conflict?.conflictId, resolution: { strategy } })
    expect(await bench.resolve(body('client-wins'), reader)).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    })
    expect(await bench.resolve(body('server-wins'), reader)).toMatchObject({
      status: 200,
      body: { entity: { version: 2 } },
    })
  })

  it('SRV18 the validate hook sees the row as it would be, and refuses it alone', async () => {
    const seen: unknown[] = []
    const strict = benchOn(practiceSchema, memoryStoreFor(practiceSchema), {
      validate: ({ entityType, data, before }, { userId }) => {
        seen.push([entityType, data, before, userId])
        return data.phone === '13' ? { message: 'no such phone', path: 'phone' } : null
      },
    })
    const good = newClient({ email: 'a@b.c' })
    const { results } = await strict.upload(
      [good, newClient({ phone: '13' })].map((operation) => ({ id: nextId(), ...operation })),
      vet,
    )
    expect(results.map(({ status, error }) => [status, error?.code, error?.path, error?.message])).toEqual([
      ['applied', undefined, undefined, undefined],
      ['rejected', 'VALIDATION', 'phone', 'no such phone'],
    ])
    const id = results[0]?.entityId
    await strict.one(
      { type: 'update', entityType: 'client', entityId: id, baseVersion: 1, data: { phone: '14' } },
      vet,
    )
    expect(seen.at(-1)).toEqual([
      'client',
      { name: 'Jana Horak', email: 'a@b.c', phone: '14' },
      { name: 'Jana Horak', email: 'a@b.c' },
      'vet',
    ])
  })

  it('SRV18 a clock that is given to the handler is the clock of the feed', async () => {
    let now = 1_750_000_000_000
    const timed = benchOn(practiceSchema, memoryStoreFor(practiceSchema), {
      now: () => now,
      // Tokens of these tests end by the real clock.
      verify: async () => ({ tenantId: 't', userId: 'u', roles: [] }),
    })
    const first = await timed.one(newClient())
    now += 60_000
    const second = await timed.one(newClient())
    expect([first.modifiedAt, second.modifiedAt]).toEqual([1_750_000_000_000, 1_750_000_060_000])
    now -= 3_600_000
    const page = await timed.download()
    await timed.one(newClient())
    expect((await timed.download({ lastSync: page.cursor })).entities).toHaveLength(1)
  })

  it('SRV13 ms as a cursor send again what came in that very millisecond', async () => {
    const timed = benchOn(practiceSchema, memoryStoreFor(practiceSchema), {
      now: () => 1_750_000_000_000,
      verify: async () => ({ tenantId: 't', userId: 'u', roles: [] }),
    })
    await timed.one(newClient({ name: 'First' }))
    const { timestamp } = await timed.download()
    await timed.one(newClient({ name: 'Second' }))
    const { entities } = await timed.download({ lastSync: timestamp })
    expect([timestamp, entities.map(({ data }) => data.name)]).toEqual([
      1_750_000_000_000,
      ['First', 'Second'],
    ])
  })

  it('SRV8 a long chain of deletes that its last member holds is judged at once', async () => {
    const chained = benchOn(practice, memoryStoreFor(practice))
    const client = newClient()
    const pets = Array.from({ length: 900 }, () => newPet(client.entityId))
    for (const [index, pet] of pets.entries())
      if (index > 0) pet.data.siblingId = pets[index - 1]?.entityId ?? null
    await chained.upload([client, ...pets].map((operation) => ({ id: nextId(), ...operation })))
    await chained.one({
      type: 'update',
      entityType: 'pet',
      entityId: pets[899]?.entityId,
      baseVersion: 1,
      data: { name: 'B' },
    })
    const removals = pets.map(({ entityId }) => ({
      id: nextId(),
      type: 'delete',
      entityType: 'pet',
      entityId,
      baseVersion: 1,
    }))
    const began = performance.now()
    const { results } = await chained.upload(removals)
    expect(new Set(results.slice(0, -1).map(({ conflict }) => conflict?.reason))).toEqual(
      new Set(['has-children']),
    )
    expect(results.at(-1)?.conflict?.reason).toBe('changed')
    expect(performance.now() - began).toBeLessThan(5000)
  })
})
