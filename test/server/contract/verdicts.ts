import { expect, it } from 'vitest'
import type { EntityId, JsonObject } from '../../../src/protocol/json.ts'
import type { SyncOperation } from '../../../src/protocol/operation.ts'
import { type Bench, nextId, temp, type Who } from '../support/bench.ts'
import { newAppointment, newClient, newNote, newPet, newTenant } from '../support/practice.ts'

type Change = Pick<SyncOperation, 'type' | 'entityType' | 'entityId'>

const update = (
  entityType: string,
  entityId: EntityId,
  baseVersion: number,
  data: JsonObject,
  base?: JsonObject,
) => ({
  ...({ type: 'update', entityType, entityId } satisfies Change),
  data,
  baseVersion,
  ...(base === undefined ? {} : { base }),
})

const remove = (entityType: string, entityId: EntityId, baseVersion: number) => ({
  ...({ type: 'delete', entityType, entityId } satisfies Change),
  baseVersion,
})

const withIds = <T extends object>(operations: readonly T[]) =>
  operations.map((operation) => ({ id: nextId(), ...operation }))

export const verdictContract = (bench: () => Bench): void => {
  const fresh = (): Who & { tenant: string } => ({ tenant: newTenant() })
  const made = async (operation: object, who: Who): Promise<number> =>
    (await bench().one(operation, who)).entityId as number
  const verdicts = async (operations: readonly object[], who: Who) =>
    (await bench().upload(withIds(operations), who)).results.map(
      ({ status, error, conflict }) => error?.code ?? conflict?.reason ?? status,
    )

  it('SRV7 an update of the present version is applied, and writes a version even where nothing differs', async () => {
    const who = fresh()
    const id = await made(newClient({ phone: '1', email: 'a@b.c' }), who)
    expect(await bench().one(update('client', id, 1, { phone: '2', email: null }), who)).toMatchObject({
      status: 'applied',
      entityId: id,
      version: 2,
      modifiedAt: expect.any(Number),
    })
    const again = await bench().one(update('client', id, 2, { phone: '2' }), who)
    expect(again).toMatchObject({ status: 'applied', version: 3 })
    expect(again.data).toBeUndefined()
    const { entities } = await bench().download({}, who)
    expect(entities).toMatchObject([{ version: 3, data: { name: 'Jana Horak', phone: '2' } }])
    expect(entities[0]?.data).not.toHaveProperty('email')
  })

  it('SRV7 an update of a row that moved is a conflict with the colliding fields, and nothing of it is applied', async () => {
    const who = { ...fresh(), headers: { 'Synchart-Device': 'Desk' } }
    const id = await made(newClient({ phone: '1', email: 'a@b.c' }), who)
    await bench().one(update('client', id, 1, { phone: '2' }), who)
    const result = await bench().one(
      update(
        'client',
        id,
        1,
        { phone: '3', email: 'x@b.c', name: 'Jana' },
        { phone: '1', email: 'a@b.c', name: 'Jana Horak' },
      ),
      who,
    )
    expect(result).toMatchObject({
      status: 'conflict',
      entityId: id,
      conflict: {
        conflictId: expect.any(Number),
        state: 'open',
        conflictType: 'version',
        reason: 'changed',
        fields: ['phone'],
        serverData: { name: 'Jana Horak', phone: '2', email: 'a@b.c' },
        serverVersion: 2,
        serverModifiedAt: expect.any(Number),
        serverEdit: { at: expect.any(Number), clientId: 'u1', operationId: expect.any(String) },
        by: { userId: 'u1', device: 'Desk' },
      },
    })
    expect((await bench().download({}, who)).entities[0]).toMatchObject({ version: 2, data: { phone: '2' } })
  })

  it('SRV7 without a base, or where nothing collides, every field of the update stands in the conflict', async () => {
    const who = fresh()
    const id = await made(newClient({ phone: '1' }), who)
    await bench().one(update('client', id, 1, { phone: '2' }), who)
    const bare = await bench().one(update('client', id, 1, { phone: '3', name: 'Jana Horak' }), who)
    expect(bare.conflict).toMatchObject({ reason: 'changed', fields: ['phone', 'name'] })
    const disjoint = await bench().one(update('client', id, 1, { email: 'a@b.c' }, { email: null }), who)
    expect(disjoint.conflict).toMatchObject({ reason: 'changed', fields: ['email'] })
  })

  it('SRV7 an update of a deleted or unknown record is a conflict without a server row', async () => {
    const who = fresh()
    const id = await made(newClient(), who)
    await bench().one(remove('client', id, 1), who)
    expect((await bench().one(update('client', id, 1, { phone: '1' }), who)).conflict).toMatchObject({
      reason: 'deleted',
      serverData: null,
      serverVersion: 2,
      by: { userId: 'u1' },
      fields: ['phone'],
    })
    const unknown = await bench().one(update('client', 4_000_000_000, 1, { phone: '1' }), who)
    expect(unknown).toMatchObject({
      entityId: 4_000_000_000,
      conflict: {
        reason: 'deleted',
        serverData: null,
        serverVersion: null,
        by: null,
        serverModifiedAt: null,
      },
    })
  })

  it('SRV7 a create of a server id revives a deleted row, and conflicts with a live one', async () => {
    const who = fresh()
    const id = await made(newClient({ phone: '1' }), who)
    const create = {
      type: 'create',
      entityType: 'client',
      entityId: id,
      data: { name: 'Jana', phone: '1' },
    } as const
    expect((await bench().one(create, who)).conflict).toMatchObject({
      reason: 'changed',
      fields: ['name'],
      serverVersion: 1,
    })
    await bench().one(remove('client', id, 1), who)
    expect(await bench().one(create, who)).toMatchObject({ status: 'applied', entityId: id, version: 3 })
    const { entities, deletions } = await bench().download({}, who)
    expect(entities).toMatchObject([{ id, version: 3, data: { name: 'Jana', phone: '1' } }])
    expect(deletions).toEqual([])
  })

  it('SRV7 references are judged before the version; one that the row has already is not judged again', async () => {
    const who = fresh()
    const client = await made(newClient(), who)
    const pet = await made(newPet(client), who)
    const vet = await made(
      { ...newClient(), entityType: 'practitioner', entityId: temp('practitioner') },
      who,
    )
    const visit = await made(newAppointment(pet, { practitionerId: vet }), who)
    const moved = await bench().one(update('appointment', visit, 99, { petId: 4_000_000_000 }), who)
    expect(moved.error).toMatchObject({ code: 'FK_VIOLATION', path: 'petId' })
    expect(
      (await bench().one(update('appointment', visit, 1, { petId: pet, practitionerId: vet }), who)).status,
    ).toBe('applied')
    const gone = await made(newClient(), who)
    await bench().one(remove('client', gone, 1), who)
    expect((await bench().one(newPet(gone), who)).error).toMatchObject({
      code: 'PARENT_DELETED',
      path: 'clientId',
    })
  })

  it('SRV8 a delete leaves a tombstone; deleting again, or what never was, is done already', async () => {
    const who = fresh()
    const id = await made(newClient(), who)
    expect(await bench().one(remove('client', id, 1), who)).toMatchObject({ status: 'applied', version: 2 })
    expect(await bench().one(remove('client', id, 1), who)).toMatchObject({ status: 'applied', version: 2 })
    expect(await bench().one(remove('client', 4_000_000_000, 1), who)).toMatchObject({
      status: 'applied',
      version: null,
    })
  })

  it('SRV8 a delete of a row that moved is a conflict without fields', async () => {
    const who = fresh()
    const id = await made(newClient(), who)
    await bench().one(update('client', id, 1, { phone: '1' }), who)
    expect((await bench().one(remove('client', id, 1), who)).conflict).toMatchObject({
      reason: 'changed',
      fields: [],
      serverVersion: 2,
      serverData: { phone: '1' },
    })
  })

  it('SRV8 live children keep a record; those that the request deletes or moves do not count, in whatever order', async () => {
    const who = fresh()
    const client = await made(newClient(), who)
    const other = await made(newClient(), who)
    const [moved, deleted] = [await made(newPet(client), who), await made(newPet(client), who)]
    expect((await bench().one(remove('client', client, 1), who)).conflict).toMatchObject({
      reason: 'has-children',
      fields: ['pet.clientId'],
      serverData: { name: 'Jana Horak' },
    })
    expect(await verdicts([remove('client', client, 1), remove('pet', deleted, 1)], who)).toEqual([
      'has-children',
      'applied',
    ])
    expect(
      await verdicts([remove('client', client, 1), update('pet', moved, 1, { clientId: other })], who),
    ).toEqual(['applied', 'applied'])
    const { entities } = await bench().download({}, who)
    expect(entities.map(({ entityType, id }) => `${entityType} ${id}`).sort()).toEqual([
      `client ${other}`,
      `pet ${moved}`,
    ])
  })

  it('SRV8 a child whose own delete conflicts keeps all above it', async () => {
    const who = fresh()
    const client = await made(newClient(), who)
    const pet = await made(newPet(client), who)
    const visit = await made(newAppointment(pet), who)
    const note = await made(newNote(visit), who)
    await bench().one(update('soapNote', note, 1, { plan: 'Rest' }), who)
    const whole = [remove('client', client, 1), remove('pet', pet, 1), remove('appointment', visit, 1)]
    expect(await verdicts([...whole, remove('soapNote', note, 1)], who)).toEqual([
      'has-children',
      'has-children',
      'has-children',
      'changed',
    ])
    expect(await verdicts([...whole, remove('soapNote', note, 2)], who)).toEqual([
      'applied',
      'applied',
      'applied',
      'applied',
    ])
    expect((await bench().download({}, who)).entities).toEqual([])
  })

  it('SRV8 a child whose own operation is refused before it is looked at keeps its parent', async () => {
    const who = fresh()
    const client = await made(newClient(), who)
    const pet = await made(newPet(client), who)
    const refused = { ...remove('pet', pet, 1), conflictId: 999_999 }
    expect(await verdicts([refused, remove('client', client, 1)], who)).toEqual(['NOT_FOUND', 'has-children'])
    expect((await bench().download({}, who)).entities).toHaveLength(2)
  })

  it('SRV8 a child that the same request creates keeps its parent', async () => {
    const who = fresh()
    const client = await made(newClient(), who)
    expect(await verdicts([remove('client', client, 1), newPet(client)], who)).toEqual([
      'has-children',
      'applied',
    ])
  })

  it('SRV9 operations on one record are judged in the order of the request, each on the result before', async () => {
    const who = fresh()
    const client = newClient({ phone: '1' })
    const id = client.entityId
    expect(
      await verdicts(
        [
          client,
          update('client', id, 1, { phone: '2' }),
          update('client', id, 2, { email: 'a@b.c' }),
          update('client', id, 2, { phone: '9' }),
        ],
        who,
      ),
    ).toEqual(['applied', 'applied', 'applied', 'changed'])
    const { entities } = await bench().download({}, who)
    expect(entities).toMatchObject([{ version: 3, data: { phone: '2', email: 'a@b.c' } }])
  })

  it('SRV9 a record that is created and deleted in one request leaves its mapping and a tombstone', async () => {
    const who = fresh()
    const { cursor } = await bench().download({}, who)
    const client = newClient()
    const { results, idMappings } = await bench().upload(
      withIds([client, remove('client', client.entityId, 1)]),
      who,
    )
    expect(results.map(({ status, version }) => [status, version])).toEqual([
      ['applied', 1],
      ['applied', 2],
    ])
    expect(idMappings).toHaveLength(1)
    const delta = await bench().download({ lastSync: cursor }, who)
    expect(delta).toMatchObject({
      entities: [],
      deletions: [{ id: idMappings[0]?.realId, version: 2, reason: 'deleted' }],
    })
  })

  it('SRV9 a record that is deleted and revived in one request is live, with two versions more', async () => {
    const who = fresh()
    const id = await made(newClient({ phone: '1', email: 'a@b.c' }), who)
    await made(newPet(id), who)
    const revival = { type: 'create', entityType: 'client', entityId: id, data: { name: 'Else' } }
    expect(await verdicts([remove('client', id, 1), revival], who)).toEqual(['applied', 'applied'])
    const { entities } = await bench().download({ entityTypes: ['client'] }, who)
    expect(entities).toMatchObject([{ id, version: 3, data: { name: 'Else' } }])
    expect(entities[0]?.data).not.toHaveProperty('phone')
  })

  it('SRV9 a long chain in the worst order is judged at once', async () => {
    const who = fresh()
    const client = newClient({ name: '' })
    const pets = Array.from({ length: 900 }, () => newPet(client.entityId))
    const began = performance.now()
    const codes = await verdicts([...pets, client], who)
    expect(new Set(codes.slice(0, -1))).toEqual(new Set(['DEPENDENCY_FAILED']))
    expect(performance.now() - began).toBeLessThan(5000)
  })
}
