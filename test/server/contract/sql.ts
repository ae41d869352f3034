import { beforeAll, expect, it } from 'vitest'
import {
  createSqlStore,
  type Db,
  defineSchema,
  type PlannedWrite,
  type Queryable,
  type ServerStore,
} from '../../../server/index.ts'
import type { OperationResult } from '../../../src/protocol/messages.ts'
import { practice } from '../../support/practice.ts'
import { type Bench, benchOn, nextId, temp, type Who } from '../support/bench.ts'
import { newTenant, sqlStoreOn } from '../support/practice.ts'

/** An app that had its tables before: other names, rules, defaults, a trigger, a key that our schema does not know. */
const tables = `
create schema legacy;
create table legacy.people (
  clinic text not null, nr bigint generated always as identity, full_name text not null check (length(full_name) < 20),
  email text, kind text not null default 'private', seen int, hidden text default 'never shown',
  primary key (clinic, nr), unique (clinic, email));
create table legacy.animals (
  clinic text not null, nr bigint generated always as identity, name text not null, owner bigint, twin bigint,
  primary key (clinic, nr),
  foreign key (clinic, owner) references legacy.people (clinic, nr) deferrable initially deferred,
  foreign key (clinic, twin) references legacy.animals (clinic, nr));
create table legacy.bills (clinic text not null, person bigint not null, foreign key (clinic, person) references legacy.people (clinic, nr));
create function legacy.tidy() returns trigger language plpgsql as $$ begin new.email := lower(new.email); return new; end $$;
create trigger tidy before insert or update on legacy.people for each row execute function legacy.tidy();
create table legacy.audit (clinic text not null, what text not null);
`

const schema = defineSchema({
  version: 1,
  entities: {
    person: {
      fields: {
        name: { type: 'text' },
        email: { type: 'text' },
        kind: { type: 'text' },
        seen: { type: 'number' },
      },
    },
    animal: {
      fields: { name: { type: 'text' } },
      references: { ownerId: 'person', twinId: 'animal' },
    },
  },
})

const entities = {
  person: { table: 'legacy.people', tenant: 'clinic', id: 'nr', columns: { name: 'full_name' } },
  animal: {
    table: 'legacy.animals',
    tenant: 'clinic',
    id: 'nr',
    columns: { ownerId: 'owner', twinId: 'twin' },
  },
}

const person = (data: object) => ({ type: 'create', entityType: 'person', entityId: temp('person'), data })
const animal = (data: object) => ({ type: 'create', entityType: 'animal', entityId: temp('animal'), data })
const withIds = <T extends object>(operations: readonly T[]) =>
  operations.map((operation) => ({ id: nextId(), ...operation }))
const shown = ({ status, error }: OperationResult) => error?.code ?? status

export const sqlContract = (open: () => Db): void => {
  const fresh = (): Who & { tenant: string } => ({ tenant: newTenant() })
  let store: ServerStore<Queryable>
  let bench: Bench

  beforeAll(async () => {
    await open().exec(tables)
    store = await createSqlStore({ db: open(), schema, entities, epoch: 'epoch1', migrate: true })
    await open().exec('grant insert, select on legacy.audit, legacy.bills to synchart_app')
    bench = benchOn(schema, store)
  })

  it('SRV17 what the database refuses is refused alone, with what hangs on it; its words are never shown', async () => {
    const who = fresh()
    await bench.one(person({ name: 'First', email: 'a@b.c' }), who)
    const bad = person({ name: 'x'.repeat(30) })
    const good = person({ name: 'Good' })
    const operations = withIds([
      animal({ name: 'Child of bad', ownerId: bad.entityId }),
      bad,
      animal({ name: 'Child of good', ownerId: good.entityId }),
      person({ name: 'Taken', email: 'A@B.C' }),
      person({ email: 'no-name@b.c' }),
      person({ name: 'Fraction', seen: 1.5 }),
      good,
      ...Array.from({ length: 40 }, (_, index) => person({ name: `P${index}`, seen: index })),
    ])
    const { results, idMappings } = await bench.upload(operations, who)
    expect(results.slice(0, 7).map((result) => [shown(result), result.error?.path])).toEqual([
      ['DEPENDENCY_FAILED', 'ownerId'],
      ['CHECK_VIOLATION', 'name'],
      ['applied', undefined],
      ['UNIQUE_VIOLATION', 'email'],
      ['VALIDATION', 'name'],
      ['VALIDATION', undefined],
      ['applied', undefined],
    ])
    expect(results.slice(7).every(({ status }) => status === 'applied')).toBe(true)
    expect(idMappings).toHaveLength(42)
    expect(JSON.stringify(results)).not.toMatch(/legacy|full_name|constraint|violates|null value/)
    expect((await bench.upload(operations, who)).results).toEqual(
      results.map((result) => ({ ...result, replayed: true })),
    )
    expect((await bench.download({}, who)).entities).toHaveLength(43)
  })

  it('SRV17 of several operations on one record the one that the database refuses is told, and the next is judged without it', async () => {
    const who = fresh()
    const one = person({ name: 'One' })
    const change = (baseVersion: number, data: object) => ({
      type: 'update',
      entityType: 'person',
      entityId: one.entityId,
      baseVersion,
      data,
    })
    const { results } = await bench.upload(
      withIds([
        one,
        change(1, { name: 'x'.repeat(30) }),
        change(1, { kind: 'vip' }),
        change(2, { name: 'y'.repeat(30) }),
        change(2, { name: 'Two' }),
      ]),
      who,
    )
    expect(results.map(shown)).toEqual([
      'applied',
      'CHECK_VIOLATION',
      'applied',
      'CHECK_VIOLATION',
      'applied',
    ])
    expect((await bench.download({}, who)).entities).toMatchObject([
      { version: 3, data: { name: 'Two', kind: 'vip' } },
    ])
  })

  it('SRV17 a request of nothing but refused operations is answered in time', async () => {
    const who = fresh()
    const began = performance.now()
    const many = await bench.upload(
      withIds(Array.from({ length: 120 }, () => person({ name: 'x'.repeat(30) }))),
      who,
    )
    expect(new Set(many.results.map(shown))).toEqual(new Set(['CHECK_VIOLATION']))
    const one = person({ name: 'One' })
    const chain = Array.from({ length: 60 }, () => ({
      type: 'update',
      entityType: 'person',
      entityId: one.entityId,
      baseVersion: 1,
      data: { name: 'x'.repeat(30) },
    }))
    const codes = (await bench.upload(withIds([one, ...chain]), who)).results.map(shown)
    expect(codes[0]).toBe('applied')
    expect(new Set(codes.slice(1))).toEqual(new Set(['CHECK_VIOLATION', 'DEPENDENCY_FAILED']))
    expect(performance.now() - began).toBeLessThan(20_000)
  })

  it('SRV17 a key that the schema does not declare keeps a record, too', async () => {
    const who = fresh()
    const id = (await bench.one(person({ name: 'Debtor' }), who)).entityId as number
    const other = (await bench.one(person({ name: 'Other' }), who)).entityId as number
    await open().query('insert into legacy.bills (clinic, person) values ($1, $2)', [who.tenant, id])
    const { results } = await bench.upload(
      withIds(
        [id, other].map((entityId) => ({ type: 'delete', entityType: 'person', entityId, baseVersion: 1 })),
      ),
      who,
    )
    expect(results.map(shown)).toEqual(['FK_VIOLATION', 'applied'])
  })

  it('SRV17 records of one type that refer to each other are made together, a bad one beside them or not', async () => {
    const who = fresh()
    const [a, b] = [animal({ name: 'A' }), animal({ name: 'B' })]
    const pair = [
      { ...a, data: { name: 'A', twinId: b.entityId } },
      { ...b, data: { name: 'B', twinId: a.entityId } },
    ]
    const { results } = await bench.upload(withIds([...pair, person({ name: 'x'.repeat(30) })]), who)
    expect(results.map(shown)).toEqual(['applied', 'applied', 'CHECK_VIOLATION'])
    const self = animal({ name: 'Self' })
    expect((await bench.one({ ...self, data: { name: 'Self', twinId: self.entityId } }, who)).status).toBe(
      'applied',
    )
    const rows = (await bench.download({}, who)).entities
    expect(rows.map(({ data }) => data.twinId)).toEqual([rows[1]?.id, rows[0]?.id, rows[2]?.id])
    const removal = rows.map(({ id }) => ({
      type: 'delete',
      entityType: 'animal',
      entityId: id,
      baseVersion: 1,
    }))
    expect((await bench.upload(withIds(removal), who)).results.map(shown)).toEqual([
      'applied',
      'applied',
      'applied',
    ])
  })

  it('SRV17 what the database adds comes back with the verdict, and columns of the app stay its own', async () => {
    const who = fresh()
    const created = await bench.one(person({ name: 'New', email: 'UPPER@b.c' }), who)
    expect(created).toMatchObject({
      status: 'applied',
      data: { name: 'New', email: 'upper@b.c', kind: 'private' },
    })
    const id = created.entityId as number
    await open().query('update legacy.people set hidden = $2 where nr = $1', [id, 'kept'])
    const change = {
      type: 'update',
      entityType: 'person',
      entityId: id,
      baseVersion: 1,
      data: { kind: null, name: 'Newer' },
    }
    const refused = await bench.one(change, who)
    expect(shown(refused)).toBe('VALIDATION')
    const updated = await bench.one({ ...change, data: { name: 'Newer' } }, who)
    expect(updated.status).toBe('applied')
    expect(updated.data).toBeUndefined()
    const [row] = await open().query<{ hidden: string }>('select hidden from legacy.people where nr = $1', [
      id,
    ])
    expect(row?.hidden).toBe('kept')
    expect((await bench.download({}, who)).entities[0]?.data).toEqual({
      name: 'Newer',
      email: 'upper@b.c',
      kind: 'private',
    })
  })

  it('SRV8 children are found inside lists, objects and references of several types', async () => {
    const nested = benchOn(practice, await sqlStoreOn(open(), practice, 'nested'))
    const who = fresh()
    const make = async (entityType: string, data: object) =>
      (await nested.one({ type: 'create', entityType, entityId: temp(entityType), data }, who))
        .entityId as number
    const client = await make('client', { name: 'C' })
    const pets: number[] = []
    for (let index = 0; index < 6; index++)
      pets.push(await make('pet', { name: `P${index}`, clientId: client }))
    const round = await make('round', {
      title: 'Morning',
      petIds: [pets[0]],
      items: [{ petId: pets[1], dose: 2 }],
      byPlace: { ward: pets[2], 'odd "key': pets[3] },
      owner: { clientId: client },
      subject: { type: 'pet', id: pets[4] },
      seen: [
        { type: 'client', id: client },
        { type: 'pet', id: pets[5] },
      ],
    })
    const fields = async (entityType: string, entityId: number | undefined) =>
      (await nested.one({ type: 'delete', entityType, entityId, baseVersion: 1 }, who)).conflict?.fields
    expect(await fields('pet', pets[0])).toEqual(['round.petIds[]'])
    expect(await fields('pet', pets[1])).toEqual(['round.items[].petId'])
    expect(await fields('pet', pets[2])).toEqual(['round.byPlace{}'])
    expect(await fields('pet', pets[3])).toEqual(['round.byPlace{}'])
    expect(await fields('pet', pets[4])).toEqual(['round.subject'])
    expect(await fields('pet', pets[5])).toEqual(['round.seen[]'])
    expect(await fields('client', client)).toEqual(['pet.clientId', 'round.owner.clientId', 'round.seen[]'])
    await nested.one({ type: 'delete', entityType: 'round', entityId: round, baseVersion: 1 }, who)
    expect(await fields('pet', pets[0])).toBeUndefined()
    const label = temp('label_with_underscores')
    const text = await nested.one(
      { type: 'create', entityType: 'label_with_underscores', entityId: label, data: { text: 'x' } },
      who,
    )
    expect(text).toMatchObject({ status: 'applied', entityId: expect.any(String) })
    expect((await nested.download({ entityTypes: ['label_with_underscores'] }, who)).entities).toMatchObject([
      { id: text.entityId },
    ])
  })

  it('SRV7 a reference that the row has already is not judged again, though its target went by other ways', async () => {
    const nested = benchOn(practice, await sqlStoreOn(open(), practice, 'nested'))
    const who = fresh()
    const make = async (entityType: string, data: object) =>
      (await nested.one({ type: 'create', entityType, entityId: temp(entityType), data }, who))
        .entityId as number
    const pet = await make('pet', { name: 'P', clientId: await make('client', { name: 'C' }) })
    const round = await make('round', { title: 'Morning', petIds: [pet] })
    await open().query("update sync.entity set gone = true where tenant_id = $1 and type = 'pet'", [
      who.tenant,
    ])
    const update = { type: 'update', entityType: 'round', entityId: round, baseVersion: 1 }
    const kept = await nested.one({ ...update, data: { petIds: [pet], title: 'Evening' } }, who)
    expect(kept.status).toBe('applied')
    const added = await nested.one({ ...update, baseVersion: 2, data: { byPlace: { ward: pet } } }, who)
    expect(added.error).toMatchObject({ code: 'PARENT_DELETED', path: 'byPlace{}' })
  })

  it('SRV18 beforeWrite runs in the same transaction: what it writes stands or falls with the request', async () => {
    const seen: PlannedWrite[][] = []
    const audited = benchOn(schema, store, {
      beforeWrite: async (tx, writes, { tenantId }) => {
        seen.push([...writes])
        for (const { kind, data } of writes) {
          if (data?.name === 'Poison') throw new Error('the app says no')
          await tx.query('insert into legacy.audit (clinic, what) values ($1, $2)', [
            tenantId,
            `${kind} ${data?.name}`,
          ])
        }
      },
    })
    const who = fresh()
    const audit = async () =>
      (
        await open().query<{ what: string }>('select what from legacy.audit where clinic = $1', [who.tenant])
      ).map(({ what }) => what)
    await audited.upload(withIds([person({ name: 'A' }), person({ name: 'x'.repeat(30) })]), who)
    expect(await audit()).toEqual(['insert A'])
    expect(
      (
        await audited.send(
          '/upload',
          { operations: withIds([person({ name: 'B' }), person({ name: 'Poison' })]) },
          who,
        )
      ).status,
    ).toBe(500)
    expect(await audit()).toEqual(['insert A'])
    expect((await bench.download({}, who)).entities).toHaveLength(1)
    expect(seen[0]?.[0]).toMatchObject({
      kind: 'insert',
      entityType: 'person',
      before: null,
      data: { name: 'A' },
    })
  })

  it('SRV21 requests run as a role that row level security holds, whoever connects', async () => {
    const [mine, theirs] = [fresh(), fresh()]
    const own = benchOn(practice, await sqlStoreOn(open(), practice, 'nested'))
    const create = (name: string) => ({
      type: 'create',
      entityType: 'client',
      entityId: temp('client'),
      data: { name },
    })
    await own.one(create('Mine'), mine)
    await own.one(create('Theirs'), theirs)
    const asApp = <T extends Record<string, unknown>>(tenant: string | null, sql: string) =>
      open().tx(async (tx) => {
        await tx.query(
          `select set_config('role', 'synchart_app', true), set_config('app.tenant', $1, true)`,
          [tenant ?? ''],
        )
        return tx.query<T>(sql)
      })
    expect(
      await asApp(
        mine.tenant,
        'select current_user::text as u, rolsuper as s, rolbypassrls as b from pg_roles where rolname = current_user',
      ),
    ).toEqual([{ u: 'synchart_app', s: false, b: false }])
    for (const table of ['nested.client', 'sync.entity', 'sync.op', 'sync.id_map', 'sync.tenant']) {
      const rows = await asApp<{ t: string }>(mine.tenant, `select distinct tenant_id as t from ${table}`)
      expect([table, rows]).toEqual([table, [{ t: mine.tenant }]])
      expect(await asApp(null, `select tenant_id from ${table}`)).toEqual([])
    }
    await expect(
      asApp(mine.tenant, `insert into nested.client (tenant_id, name) values ('${theirs.tenant}', 'x')`),
    ).rejects.toMatchObject({ code: '42501' })
    expect(
      await asApp(
        mine.tenant,
        `update nested.client set name = 'x' where tenant_id = '${theirs.tenant}' returning id`,
      ),
    ).toEqual([])
    const [after] = await open().query<{ u: string; t: string | null }>(
      `select current_user::text as u, current_setting('app.tenant', true) as t`,
    )
    expect([after?.u === 'synchart_app', after?.t ?? '']).toEqual([false, ''])
  })

  it('SRV21 every transaction of a request takes that role and its tenant on, reads too', async () => {
    const seen = new Set<string>()
    const watched: Db = {
      ...open(),
      query: async () => {
        throw new Error('outside of a transaction')
      },
      tx: (work, options) =>
        open().tx(async (tx) => {
          const result = await work(tx)
          const [row] = await tx.query<{ who: string }>(
            "select current_user::text || ' for ' || current_setting('app.tenant', true) as who",
          )
          seen.add(String(row?.who))
          return result
        }, options),
    }
    const who = fresh()
    // The catalogue is read at boot, as whoever connects; from then on only in transactions.
    const opening = { ...watched, query: open().query }
    const boot = await createSqlStore({ db: opening, schema, entities, epoch: 'epoch1', migrate: false })
    opening.query = watched.query
    const fenced = benchOn(schema, boot)
    const { entityId } = await fenced.one(person({ name: 'N' }), who)
    await fenced.one(
      { type: 'update', entityType: 'person', entityId, baseVersion: 7, data: { name: 'M' } },
      who,
    )
    await fenced.download({}, who)
    await fenced.conflicts('', who)
    await fenced.upload([], who)
    expect([...seen]).toEqual([`synchart_app for ${who.tenant}`])
  })

  it('SRV21 what a caller sends is never SQL', async () => {
    const who = fresh()
    const evil = `'); drop table legacy.people; --`
    expect((await bench.one(person({ name: 'N', email: evil }), who)).status).toBe('applied')
    for (const tenant of [`x'; drop schema sync cascade; --`, '"', '\\', "''", '$1', ' '.repeat(3)]) {
      expect((await bench.one(person({ name: 'N' }), { tenant, user: tenant })).status).toBe('applied')
      expect((await bench.download({}, { tenant })).entities).toHaveLength(1)
    }
    expect((await bench.download({}, who)).entities[0]?.data.email).toBe(evil)
  })

  it('SRV20 a database of a newer version, or of another content, is not touched', async () => {
    const options = { db: open(), schema, entities, epoch: 'other' }
    await createSqlStore({ ...options, migrate: false })
    await open().exec("insert into sync.migration (id, name, checksum) values (999, 'from the future', 'x')")
    await expect(createSqlStore({ ...options, migrate: true })).rejects.toMatchObject({
      code: 'FORMAT_TOO_NEW',
    })
    await open().exec('delete from sync.migration where id = 999')
    const [before] = await open().query<{ checksum: string }>(
      'select checksum from sync.migration where id = 1',
    )
    await open().exec("update sync.migration set checksum = 'other' where id = 1")
    await expect(createSqlStore({ ...options, migrate: false })).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
    })
    await open().query('update sync.migration set checksum = $1 where id = 1', [before?.checksum])
    await expect(
      createSqlStore({ ...options, entities: { ...entities, person: { table: 'legacy.nobody' } } }),
    ).rejects.toMatchObject({ code: 'INVALID_SCHEMA' })
    const epochs = await open().query<{ value: string }>("select value from sync.meta where key = 'epoch'")
    expect(epochs).toEqual([{ value: 'epoch1' }])
  })
}
