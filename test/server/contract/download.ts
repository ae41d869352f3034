import { expect, it } from 'vitest'
import type { DownloadAnswer } from '../../../src/protocol/messages.ts'
import { type Bench, nextId, type Who } from '../support/bench.ts'
import { newClient, newPet, newTenant, story } from '../support/practice.ts'

export const downloadContract = (bench: () => Bench): void => {
  const fresh = (): Who & { tenant: string } => ({ tenant: newTenant() })
  const made = async (operation: object, who: Who): Promise<number> =>
    (await bench().one(operation, who)).entityId as number
  const clients = async (count: number, who: Who) =>
    bench().upload(
      Array.from({ length: count }, (_, index) => ({ id: nextId(), ...newClient({ name: `C${index}` }) })),
      who,
    )
  const reset = (reason: string): Partial<DownloadAnswer> => ({
    entities: [],
    deletions: [],
    closedConflicts: [],
    cursor: null,
    hasMore: true,
    reset: { reason: reason as 'cursor_expired' },
  })

  it('SRV13 a delta holds what changed since its cursor, and nothing else', async () => {
    const who = fresh()
    const [first, second] = [
      await made(newClient({ name: 'A' }), who),
      await made(newClient({ name: 'B' }), who),
    ]
    const from = await bench().download({ lastSync: null }, who)
    expect(from).toMatchObject({ hasMore: false, entities: [{ id: first }, { id: second }] })
    expect((await bench().download({ lastSync: from.cursor }, who)).entities).toEqual([])
    await bench().one(
      { type: 'update', entityType: 'client', entityId: first, baseVersion: 1, data: { name: 'A2' } },
      who,
    )
    await bench().one({ type: 'delete', entityType: 'client', entityId: second, baseVersion: 1 }, who)
    const delta = await bench().download({ lastSync: from.cursor }, who)
    expect(delta.entities).toMatchObject([{ id: first, version: 2, data: { name: 'A2' } }])
    expect(delta.deletions).toMatchObject([
      { entityType: 'client', id: second, version: 2, reason: 'deleted', by: { userId: 'u1' } },
    ])
    expect((await bench().download({ lastSync: 0 }, who)).deletions).toEqual([])
  })

  it('SRV13 pages end where the limit is, each record once, and lead to the end', async () => {
    const who = fresh()
    await clients(25, who)
    const seen: unknown[] = []
    let page = await bench().download({ limit: 10 }, who)
    expect([page.entities.length, page.hasMore]).toEqual([10, true])
    seen.push(...page.entities.map(({ data }) => data.name))
    while (page.hasMore) {
      page = await bench().download({ lastSync: page.cursor, limit: 10 }, who)
      seen.push(...page.entities.map(({ data }) => data.name))
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `C${index}`))
  })

  it('SRV13 a run from null tells what is deleted while it runs, not what was deleted before', async () => {
    const who = fresh()
    const { results } = await clients(6, who)
    const ids = results.map(({ entityId }) => entityId as number)
    const remove = (id: number | undefined) =>
      bench().one({ type: 'delete', entityType: 'client', entityId: id as number, baseVersion: 1 }, who)
    await remove(ids[0])
    const first = await bench().download({ limit: 2 }, who)
    expect(first.entities.map(({ id }) => id)).toEqual([ids[1], ids[2]])
    await remove(ids[1])
    await remove(ids[5])
    const second = await bench().download({ lastSync: first.cursor, limit: 2 }, who)
    const third = await bench().download({ lastSync: second.cursor, limit: 2 }, who)
    expect([...second.entities, ...third.entities].map(({ id }) => id)).toEqual([ids[3], ids[4]])
    expect([...second.deletions, ...third.deletions].map(({ id }) => id)).toEqual([ids[1], ids[5]])
    expect(third.hasMore).toBe(false)
  })

  it('SRV13 ms that the server issued work as a cursor and lose nothing; others are reset', async () => {
    const who = fresh()
    await clients(2, who)
    const { timestamp } = await bench().download({}, who)
    await clients(1, who)
    const delta = await bench().download({ lastSync: timestamp }, who)
    expect(delta.entities.map(({ data }) => data.name)).toContain('C0')
    expect(delta.reset).toBeUndefined()
    for (const lastSync of [timestamp + 86_400_000, -5, 12.5, Number.MAX_SAFE_INTEGER])
      expect(await bench().download({ lastSync }, who)).toMatchObject(reset('cursor_expired'))
  })

  it('SRV13 entityTypes and limit are checked; a set that the cursor was not given for is another view', async () => {
    const who = fresh()
    await bench().upload(
      story().map((operation) => ({ id: nextId(), ...operation })),
      who,
    )
    const { entities, cursor } = await bench().download({ entityTypes: ['pet', 'client', 'pet'] }, who)
    expect(entities.map(({ entityType }) => entityType)).toEqual(['client', 'pet'])
    expect(
      (await bench().download({ entityTypes: ['client', 'pet'], lastSync: cursor }, who)).reset,
    ).toBeUndefined()
    expect(await bench().download({ lastSync: cursor, entityTypes: ['pet'] }, who)).toMatchObject(
      reset('view_changed'),
    )
    expect((await bench().download({ entityTypes: [], limit: 0 }, who)).entities).toHaveLength(1)
    expect((await bench().download({ limit: 1_000_000 }, who)).entities).toHaveLength(4)
    for (const body of [
      { entityTypes: ['unicorn'] },
      { entityTypes: 'pet' },
      { limit: 1.5 },
      { limit: '5' },
      { lastSync: {} },
      { since: 1 },
      [],
    ])
      expect(await bench().send('/download', body, who)).toMatchObject({
        status: 400,
        body: { code: 'INVALID_REQUEST' },
      })
  })

  it('SRV13 a string that is no cursor is 400 INVALID_CURSOR', async () => {
    const who = fresh()
    const { cursor } = await bench().download({}, who)
    for (const lastSync of [
      '',
      'x',
      'c1',
      'c1.a.b.c',
      'c2.a.1.c',
      `${cursor} `,
      `${cursor}.x`,
      `${cursor}.1.2`,
      'c1.a.-1.c',
      'c1.a.1.5.c',
      'c1.a.99999999999999999.c',
      "' or 1=1 --",
    ])
      expect([lastSync, await bench().send('/download', { lastSync }, who)]).toMatchObject([
        lastSync,
        { status: 400, body: { code: 'INVALID_CURSOR' } },
      ])
  })

  it("SRV13 another tenant's, another role's and another epoch's cursor, and one never issued, answer reset", async () => {
    const [who, other] = [fresh(), fresh()]
    await clients(3, who)
    await clients(1, other)
    const cursor = (await bench().download({}, who)).cursor as string
    expect(await bench().download({ lastSync: cursor }, other)).toMatchObject(reset('view_changed'))
    expect(await bench().download({ lastSync: cursor }, { ...who, roles: ['viewer'] })).toMatchObject(
      reset('view_changed'),
    )
    const [head, epoch, seq, view] = cursor.split('.')
    expect(await bench().download({ lastSync: `${head}.${epoch}x.${seq}.${view}` }, who)).toMatchObject(
      reset('epoch_changed'),
    )
    const ahead = `${head}.${epoch}.${Number(seq) + 10_000_000}.${view}`
    expect(await bench().download({ lastSync: ahead }, who)).toMatchObject(reset('cursor_expired'))
  })

  it('SRV1 another tenant sees nothing, and the same ids live beside each other', async () => {
    const [who, other] = [fresh(), fresh()]
    const mine = await made(newClient({ name: 'Mine' }), who)
    const theirs = await made(newClient({ name: 'Theirs' }), other)
    expect((await bench().download({}, other)).entities.map(({ data }) => data.name)).toEqual(['Theirs'])
    // The same answers as for ids that nobody has.
    const nobody = 4_000_000_000
    const strip = (text: object, id: number) =>
      JSON.stringify(text)
        .replaceAll(String(id), 'ID')
        .replace(/op-\d+|\d{13}/g, '')
    for (const attempt of [
      (id: number) => ({
        type: 'update',
        entityType: 'client',
        entityId: id,
        baseVersion: 1,
        data: { name: 'Stolen' },
      }),
      (id: number) => ({ type: 'delete', entityType: 'client', entityId: id, baseVersion: 1 }),
      (id: number) => ({ type: 'create', entityType: 'client', entityId: id, data: { name: 'Stolen' } }),
      (id: number) => newPet(id),
    ]) {
      const [foreign, absent] = [
        await bench().one(attempt(mine), other),
        await bench().one(attempt(nobody), other),
      ]
      const blind = (result: object) =>
        strip(result, result === foreign ? mine : nobody).replace(/"conflictId":\d+/, '')
      expect(blind(foreign)).toBe(blind(absent))
    }
    expect((await bench().download({}, who)).entities).toMatchObject([
      { id: mine, version: 1, data: { name: 'Mine' } },
    ])
    expect((await bench().download({}, other)).entities).toMatchObject([{ id: theirs, version: 1 }])
  })
}
