import { expect, it } from 'vitest'
import type { JsonObject } from '../../../src/protocol/json.ts'
import type { SyncOperation } from '../../../src/protocol/operation.ts'
import { type Bench, nextId, type Who } from '../support/bench.ts'
import { newClient, newPet, newTenant } from '../support/practice.ts'

export const decisionContract = (bench: () => Bench): void => {
  const fresh = (): Who & { tenant: string } => ({ tenant: newTenant() })
  const on = (entityId: number, baseVersion: number, data: JsonObject, more: Partial<SyncOperation> = {}) =>
    ({ type: 'update', entityType: 'client', entityId, baseVersion, data, ...more }) as const
  const remove = (entityId: number, baseVersion: number) =>
    ({ type: 'delete', entityType: 'client', entityId, baseVersion }) as const

  /** A client at version 2 with phone 2, and a conflict about phone 3. */
  const conflicted = async (who: Who) => {
    const id = (await bench().one(newClient({ phone: '1' }), who)).entityId as number
    await bench().one(on(id, 1, { phone: '2' }), who)
    const { conflict } = await bench().one(on(id, 1, { phone: '3' }, { base: { phone: '1' } }), who)
    return { id, conflictId: conflict?.conflictId as number }
  }

  /** A deleted client at version 2, and a conflict about it. */
  const deleted = async (who: Who) => {
    const id = (await bench().one(newClient({ phone: '1' }), who)).entityId as number
    await bench().one(remove(id, 1), who)
    const { conflict } = await bench().one(on(id, 1, { phone: '3' }), who)
    return { id, conflictId: conflict?.conflictId as number }
  }

  const open = async (who: Who) =>
    (await bench().conflicts('', who)).conflicts.map(({ conflictId }) => conflictId)

  it('SRV11 a decision on the row that was shown is applied and closes its conflict in the same moment', async () => {
    const who = fresh()
    const { id, conflictId } = await conflicted(who)
    const decision = { id: nextId(), ...on(id, 2, { phone: '3' }, { base: { phone: '2' }, conflictId }) }
    const { results } = await bench().upload([decision], who)
    expect(results[0]).toMatchObject({ status: 'applied', version: 3 })
    expect(await open(who)).toEqual([])
    expect((await bench().upload([decision], who)).results[0]).toEqual({ ...results[0], replayed: true })
    const { conflicts } = await bench().conflicts('?state=resolved', who)
    expect(conflicts).toMatchObject([
      { conflictId, state: 'resolved', resolvedBy: 'u1', resolvedAt: expect.any(Number) },
    ])
  })

  it('SRV11 a decision on a row that moved again conflicts again: the same conflict, with the fresh server side', async () => {
    const who = fresh()
    const { id, conflictId } = await conflicted(who)
    await bench().one(on(id, 2, { phone: '4' }), who)
    const again = await bench().one(on(id, 2, { phone: '3' }, { base: { phone: '2' }, conflictId }), who)
    expect(again).toMatchObject({
      status: 'conflict',
      conflict: { conflictId, state: 'open', serverVersion: 3, serverData: { phone: '4' } },
    })
    const { conflicts } = await bench().conflicts('', who)
    expect(conflicts).toMatchObject([
      { conflictId, serverVersion: 3, serverData: { phone: '4' }, clientData: { phone: '3' } },
    ])
    expect(conflicts).toHaveLength(1)
  })

  it('SRV11 an empty update accepts the server: applied where the row is as shown, merged where it moved, no version', async () => {
    const who = fresh()
    const first = await conflicted(who)
    expect(await bench().one(on(first.id, 2, {}, { conflictId: first.conflictId }), who)).toMatchObject({
      status: 'applied',
      version: 2,
    })
    const second = await conflicted(who)
    await bench().one(on(second.id, 2, { phone: '4' }), who)
    expect(await bench().one(on(second.id, 2, {}, { conflictId: second.conflictId }), who)).toMatchObject({
      status: 'merged',
      version: 3,
      data: { phone: '4' },
    })
    for (const baseVersion of [2, 1]) {
      const third = await deleted(who)
      const answer = await bench().one(on(third.id, baseVersion, {}, { conflictId: third.conflictId }), who)
      expect(answer).toMatchObject({ status: 'merged', version: 2, data: null })
    }
    expect(await open(who)).toEqual([])
  })

  it('SRV11 a decision on a closed conflict is ALREADY_RESOLVED with the row as it is', async () => {
    const who = fresh()
    const { id, conflictId } = await conflicted(who)
    const accept = () => ({ id: nextId(), ...on(id, 2, {}, { conflictId }) })
    const { results } = await bench().upload([accept(), accept()], who)
    expect(results.map(({ status }) => status)).toEqual(['applied', 'rejected'])
    expect(results[1]).toMatchObject({
      error: { code: 'ALREADY_RESOLVED' },
      conflict: { conflictId, state: 'resolved', serverData: { phone: '2' }, serverVersion: 2 },
    })
    expect((await bench().one(on(id, 2, { phone: '3' }, { conflictId }), who)).error?.code).toBe(
      'ALREADY_RESOLVED',
    )
  })

  it('SRV11 a conflict of somebody else, of another record, or of no one is NOT_FOUND', async () => {
    const who = fresh()
    const { id, conflictId } = await conflicted(who)
    const other = (await bench().one(newClient(), who)).entityId as number
    const codes = [
      await bench().one(on(id, 2, {}, { conflictId }), { ...who, user: 'u2' }),
      await bench().one(on(other, 1, {}, { conflictId }), who),
      await bench().one(on(id, 2, {}, { conflictId: conflictId + 1_000_000 }), who),
      await bench().one(on(id, 2, {}, { conflictId }), fresh()),
    ].map(({ error }) => [error?.code, error?.path])
    expect(codes).toEqual(Array.from({ length: 4 }, () => ['NOT_FOUND', 'conflictId']))
    expect(await open(who)).toEqual([conflictId])
  })

  it('SRV11 a deleted record is revived by a decision that creates it, whole', async () => {
    const who = fresh()
    const { id, conflictId } = await deleted(who)
    const revival = {
      type: 'create',
      entityType: 'client',
      entityId: id,
      data: { name: 'Jana', phone: '3' },
      conflictId,
    } as const
    expect(await bench().one(revival, who)).toMatchObject({ status: 'applied', entityId: id, version: 3 })
    expect(await open(who)).toEqual([])
  })

  it('SRV11 the verdict that opened a conflict is replayed with its present state', async () => {
    const who = fresh()
    const id = (await bench().one(newClient(), who)).entityId as number
    await bench().one(on(id, 1, { phone: '2' }), who)
    const operation = { id: nextId(), ...on(id, 1, { phone: '3' }) }
    const { conflict } = (await bench().upload([operation], who)).results[0] ?? {}
    await bench().one(on(id, 2, {}, { conflictId: conflict?.conflictId as number }), who)
    expect((await bench().upload([operation], who)).results[0]).toMatchObject({
      replayed: true,
      conflict: { ...conflict, state: 'resolved' },
    })
  })

  it('SRV12 server-wins writes no version; the same resolution again gets the same answer, another one 409', async () => {
    const who = fresh()
    const { id, conflictId } = await conflicted(who)
    const body = { conflictId, resolution: { strategy: 'server-wins' } }
    const first = await bench().resolve(body, who)
    expect([first.status, first.body]).toMatchObject([
      200,
      {
        success: true,
        entity: {
          entityType: 'client',
          id,
          version: 2,
          modifiedAt: expect.any(Number),
          data: { phone: '2' },
        },
      },
    ])
    expect(await bench().resolve(body, who)).toMatchObject({ status: 200, body: first.body })
    const other = await bench().resolve({ conflictId, resolution: { strategy: 'client-wins' } }, who)
    expect(other).toMatchObject({
      status: 409,
      body: { code: 'ALREADY_RESOLVED', serverVersion: 2, serverData: { phone: '2' } },
    })
    expect(await open(who)).toEqual([])
  })

  it('SRV12 client-wins repeats the operation; merge changes fields over the server row', async () => {
    const who = fresh()
    const first = await conflicted(who)
    const won = await bench().resolve(
      { conflictId: first.conflictId, resolution: { strategy: 'client-wins' } },
      who,
    )
    expect(won.body.entity).toMatchObject({ version: 3, data: { phone: '3' } })
    const second = await conflicted(who)
    const resolution = { strategy: 'merge', data: { email: 'a@b.c', phone: null } }
    const merged = await bench().resolve(
      { conflictId: second.conflictId, resolution, expectedVersion: 2 },
      who,
    )
    expect(merged.body.entity).toMatchObject({ version: 3, data: { name: 'Jana Horak', email: 'a@b.c' } })
    expect(merged.body.entity?.data).not.toHaveProperty('phone')
    const rows = (await bench().download({}, who)).entities
    expect(rows.map(({ version }) => version)).toEqual([3, 3])
    expect(rows[1]?.edit?.operationId).toContain('resolve')
  })

  it('SRV12 a version that moved answers 409 with the row, and the conflict is refreshed', async () => {
    const who = fresh()
    const { id, conflictId } = await conflicted(who)
    await bench().one(on(id, 2, { phone: '4' }), who)
    const body = { conflictId, resolution: { strategy: 'client-wins' } }
    expect(await bench().resolve(body, who)).toMatchObject({
      status: 409,
      body: { code: 'CONFLICT_MOVED', serverVersion: 3, serverData: { phone: '4' } },
    })
    expect((await bench().conflicts('', who)).conflicts).toMatchObject([
      { conflictId, serverVersion: 3, serverData: { phone: '4' } },
    ])
    expect((await bench().resolve(body, who)).body.entity).toMatchObject({ version: 4, data: { phone: '3' } })
  })

  it('SRV12 a delete that won deletes; children that are still there move the conflict', async () => {
    const who = fresh()
    const id = (await bench().one(newClient(), who)).entityId as number
    const pet = (await bench().one(newPet(id), who)).entityId as number
    const { conflict } = await bench().one(remove(id, 1), who)
    const body = { conflictId: conflict?.conflictId, resolution: { strategy: 'client-wins' } }
    expect(await bench().resolve(body, who)).toMatchObject({ status: 409, body: { code: 'CONFLICT_MOVED' } })
    await bench().one({ type: 'delete', entityType: 'pet', entityId: pet, baseVersion: 1 }, who)
    const answer = await bench().resolve(body, who)
    expect(answer).toMatchObject({ status: 200, body: { success: true, entity: null } })
    expect((await bench().download({}, who)).entities).toEqual([])
  })

  it('SRV12 what is deleted comes back only whole', async () => {
    const who = fresh()
    const { id, conflictId } = await deleted(who)
    const resolve = (resolution: object) => bench().resolve({ conflictId, resolution }, who)
    for (const resolution of [{ strategy: 'client-wins' }, { strategy: 'merge', data: { phone: '1' } }])
      expect(await resolve(resolution)).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } })
    expect((await resolve({ strategy: 'merge', data: { name: 'Back' } })).body.entity).toMatchObject({
      id,
      version: 3,
      data: { name: 'Back' },
    })
  })

  it('SRV12 bodies that are no resolution are 400; unknown and foreign conflicts are 404', async () => {
    const who = fresh()
    const { conflictId } = await conflicted(who)
    for (const body of [
      {},
      { conflictId },
      { conflictId, resolution: { strategy: 'coin' } },
      { conflictId, resolution: { strategy: 'merge' } },
      { conflictId, resolution: { strategy: 'server-wins', data: { phone: '1' } } },
      { conflictId, resolution: { strategy: 'merge', data: { colour: 'red' } } },
      { conflictId, resolution: { strategy: 'merge', data: { phone: 7 } } },
    ])
      expect(await bench().resolve(body, who)).toMatchObject({
        status: 400,
        body: { code: 'INVALID_REQUEST' },
      })
    const body = { conflictId, resolution: { strategy: 'server-wins' } }
    const absent = await bench().resolve({ ...body, conflictId: conflictId + 1_000_000 }, who)
    for (const answer of [
      await bench().resolve(body, { ...who, user: 'u2' }),
      await bench().resolve(body, fresh()),
      absent,
    ])
      expect([answer.status, answer.body.code, answer.body.detail]).toEqual([
        404,
        'NOT_FOUND',
        absent.body.detail,
      ])
    expect(await open(who)).toEqual([conflictId])
  })

  it('SRV14 a closed conflict comes by the feed to its owner, once, and not from null', async () => {
    const who = fresh()
    const { id, conflictId } = await conflicted(who)
    const { cursor } = await bench().download({}, who)
    const other = { ...who, user: 'u2' }
    const others = (await bench().download({}, other)).cursor
    await bench().one(on(id, 2, {}, { conflictId }), who)
    const delta = await bench().download({ lastSync: cursor }, who)
    expect(delta).toMatchObject({
      entities: [],
      closedConflicts: [
        {
          conflictId,
          operationId: expect.any(String),
          entityType: 'client',
          entityId: id,
          state: 'resolved',
          resolvedBy: 'u1',
          resolvedAt: expect.any(Number),
        },
      ],
    })
    expect((await bench().download({ lastSync: delta.cursor }, who)).closedConflicts).toEqual([])
    expect((await bench().download({ lastSync: others }, other)).closedConflicts).toEqual([])
    expect((await bench().download({}, who)).closedConflicts).toEqual([])
  })

  it('SRV15 conflicts are listed to their owner, oldest first, in pages', async () => {
    const who = fresh()
    const id = (await bench().one(newClient({ phone: '1' }), who)).entityId as number
    await bench().one(on(id, 1, { phone: '2' }), who)
    const operations = Array.from({ length: 150 }, () => ({
      id: nextId(),
      ...on(id, 1, { phone: '3' }, { base: { phone: '1' } }),
    }))
    const { results } = await bench().upload(operations, { ...who, clientId: 'c-9' })
    const first = await bench().conflicts('', who)
    expect(first.conflicts).toHaveLength(100)
    expect(first.conflicts[0]).toEqual({
      conflictId: results[0]?.conflict?.conflictId,
      operationId: operations[0]?.id,
      clientId: 'c-9',
      userId: 'u1',
      by: { userId: 'u1' },
      entityType: 'client',
      entityId: id,
      conflictType: 'version',
      reason: 'changed',
      fields: ['phone'],
      baseData: { phone: '1' },
      clientData: { phone: '3' },
      serverData: { name: 'Jana Horak', phone: '2' },
      serverVersion: 2,
      state: 'open',
      detectedAt: expect.any(Number),
      resolvedAt: null,
      resolvedBy: null,
    })
    const second = await bench().conflicts(`?after=${first.next}`, who)
    expect([second.conflicts.length, second.next]).toEqual([50, null])
    expect((await bench().conflicts('?entityType=pet', who)).conflicts).toEqual([])
    expect((await bench().conflicts('?state=resolved', who)).conflicts).toEqual([])
    expect((await bench().conflicts('', { ...who, user: 'u2' })).conflicts).toEqual([])
    for (const query of ['?state=closed', '?after=-1', '?after=x', '?entityType=unicorn'])
      expect((await bench().send(`/conflicts${query}`, undefined, who)).body.code).toBe('INVALID_REQUEST')
  })

  it('SRV15 clientData holds server ids where the temp ids are mapped', async () => {
    const who = fresh()
    const client = newClient()
    const clientId = (await bench().one(client, who)).entityId as number
    const pet = (await bench().one(newPet(clientId), who)).entityId as number
    await bench().one(
      { type: 'update', entityType: 'pet', entityId: pet, baseVersion: 1, data: { name: 'B' } },
      who,
    )
    await bench().one(
      {
        type: 'update',
        entityType: 'pet',
        entityId: pet,
        baseVersion: 1,
        data: { clientId: client.entityId },
      },
      who,
    )
    expect((await bench().conflicts('', who)).conflicts[0]?.clientData).toEqual({ clientId })
  })
}
