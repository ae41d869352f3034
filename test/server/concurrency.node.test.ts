import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { practiceSchema } from '../../demo/practice.ts'
import { postgresDb } from '../../server/index.ts'
import { type Bench, benchOn, nextId, temp } from './support/bench.ts'
import { hasPostgres, type Postgres, startPostgres } from './support/postgres.ts'
import { newClient, newPet, newTenant, sqlStoreOn, story } from './support/practice.ts'

const withIds = <T extends object>(operations: readonly T[]) =>
  operations.map((operation) => ({ id: nextId(), ...operation }))

// PGlite has one session: nothing here could go wrong on it, so nothing would be proven.
describe.skipIf(!hasPostgres)('many writers on PostgreSQL', { timeout: 120_000 }, () => {
  let postgres: Postgres
  let pool: pg.Pool
  /** Two nodes on one database: what one process serialises by itself must hold between processes, too. */
  let nodes: [Bench, Bench]

  beforeAll(async () => {
    postgres = await startPostgres()
    pool = await postgres.database(10)
    const node = async () => benchOn(practiceSchema, await sqlStoreOn(postgresDb(pool), practiceSchema))
    nodes = [await node(), await node()]
  }, 60_000)
  afterAll(() => postgres.stop(), 60_000)

  const nodeOf = (index: number): Bench => nodes[index % 2] as Bench

  it('SRV19 equal uploads in parallel have one effect and one answer', async () => {
    for (let round = 0; round < 5; round++) {
      const who = { tenant: newTenant() }
      const operations = story().map((operation) => ({ id: nextId(), ...operation }))
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => nodeOf(index).upload(operations, who)),
      )
      const strip = (answer: (typeof answers)[number]) => ({
        results: answer.results.map(({ replayed: _, ...result }) => result),
        idMappings: answer.idMappings,
      })
      expect(
        answers.filter(({ results }) => results.every(({ replayed }) => replayed !== true)),
      ).toHaveLength(1)
      for (const answer of answers)
        expect(strip(answer)).toEqual(strip(answers[0] as (typeof answers)[number]))
      expect((await nodeOf(0).download({}, who)).entities).toHaveLength(4)
    }
  })

  it('SRV19 uploads that overlap apply each operation once', async () => {
    const who = { tenant: newTenant() }
    const operations = Array.from({ length: 30 }, () => ({ id: nextId(), ...newClient() }))
    const windows = Array.from({ length: 24 }, (_, index) => operations.slice(index, index + 7))
    const answers = await Promise.all(windows.map((part, index) => nodeOf(index).upload(part, who)))
    const verdicts = new Map<string, string>()
    for (const { id, status, entityId, version } of answers.flatMap(({ results }) => results)) {
      const text = JSON.stringify([status, entityId, version])
      expect(verdicts.get(id) ?? text).toBe(text)
      verdicts.set(id, text)
    }
    expect(verdicts.size).toBe(30)
    expect((await nodeOf(0).download({}, who)).entities).toHaveLength(30)
  })

  it('SRV19 parallel updates of one version: one is applied, the others conflict with it', async () => {
    const who = { tenant: newTenant() }
    const id = (await nodeOf(0).one(newClient(), who)).entityId
    const change = (index: number) => ({
      type: 'update',
      entityType: 'client',
      entityId: id,
      baseVersion: 1,
      data: { phone: String(index) },
    })
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => nodeOf(index).one(change(index), who)),
    )
    const winners = results.flatMap(({ status }, index) => (status === 'applied' ? [String(index)] : []))
    expect(winners).toHaveLength(1)
    expect(results.filter(({ conflict }) => conflict?.serverData?.phone === winners[0])).toHaveLength(19)
  })

  it('SRV19 a child and the delete of its parent in parallel: never an orphan', async () => {
    for (let round = 0; round < 15; round++) {
      const who = { tenant: newTenant() }
      const id = (await nodeOf(0).one(newClient(), who)).entityId as number
      const [pet, removal] = await Promise.all([
        nodeOf(0).one(newPet(id), who),
        nodeOf(1).one({ type: 'delete', entityType: 'client', entityId: id, baseVersion: 1 }, who),
      ])
      const outcome = [pet?.error?.code ?? pet?.status, removal?.conflict?.reason ?? removal?.status]
      expect([
        ['applied', 'has-children'],
        ['PARENT_DELETED', 'applied'],
      ]).toContainEqual(outcome)
    }
  })

  it('SRV19 creates of one temp id by several users in parallel make one record', async () => {
    const tenant = newTenant()
    const client = { ...newClient(), entityId: temp('client') }
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) => nodeOf(index).one(client, { tenant, user: `u${index}` })),
    )
    expect(new Set(results.map(({ status, entityId }) => `${status} ${entityId}`)).size).toBe(1)
    expect((await nodeOf(0).download({}, { tenant })).entities).toHaveLength(1)
  })

  it('SRV19 a poller never misses a row under concurrent writers, however slow some of them commit', async () => {
    const who = { tenant: newTenant() }
    const slow = benchOn(practiceSchema, await sqlStoreOn(postgresDb(pool), practiceSchema), {
      // Holds the transaction open behind its number for a while, as a busy machine would.
      beforeWrite: async (tx) => {
        await tx.query('select pg_sleep(random() * 0.01)')
      },
    })
    const seen = new Set<string>()
    let cursor: string | null = null
    let isWriting = true
    const poll = async () => {
      const page = await nodeOf(1).download({ lastSync: cursor, limit: 7 }, who)
      for (const row of page.entities) seen.add(`${row.id} ${row.version}`)
      cursor = page.cursor
      return page.hasMore
    }
    const poller = (async () => {
      while (isWriting) await poll()
      while (await poll());
    })()
    const made = (
      await Promise.all(
        Array.from({ length: 8 }, async (_, writer) => {
          const node = writer % 2 === 0 ? slow : nodeOf(writer)
          const own: string[] = []
          for (let round = 0; round < 25; round++)
            own.push(`${(await node.one(newClient(), who)).entityId} 1`)
          return own
        }),
      )
    ).flat()
    isWriting = false
    await poller
    expect(made).toHaveLength(200)
    expect(made.filter((row) => !seen.has(row))).toEqual([])
  })

  it('SRV19 negative control: the same race with a plain sequence as cursor loses rows', async () => {
    await pool.query('create table naive (seq bigserial primary key, row int not null)')
    const seen = new Set<number>()
    let cursor = 0
    let isWriting = true
    const poll = async () => {
      const { rows } = await pool.query('select seq, row from naive where seq > $1 order by seq', [cursor])
      for (const row of rows) {
        seen.add(row.row)
        cursor = Math.max(cursor, Number(row.seq))
      }
    }
    const poller = (async () => {
      while (isWriting) await poll()
      await poll()
    })()
    const write = async (row: number) => {
      const client = await pool.connect()
      await client.query('begin')
      await client.query('insert into naive (row) values ($1)', [row])
      await client.query('select pg_sleep(random() * 0.01)')
      await client.query('commit')
      client.release()
    }
    await Promise.all(
      Array.from({ length: 6 }, async (_, writer) => {
        for (let round = 0; round < 40; round++) await write(writer * 40 + round)
      }),
    )
    isWriting = false
    await poller
    expect(seen.size).toBeLessThan(240)
  })

  it('SRV19 a page is one snapshot: no child on it is without its parent at that moment', async () => {
    const who = { tenant: newTenant() }
    const first = newClient()
    const pets = Array.from({ length: 20 }, () => newPet(first.entityId))
    await nodeOf(0).upload(withIds([first, ...pets]), who)
    let isWriting = true
    const writer = (async () => {
      let owner = first
      for (let round = 1; round <= 60; round++) {
        const next = newClient()
        const moves = pets.map(({ entityId }) => ({
          type: 'update',
          entityType: 'pet',
          entityId,
          baseVersion: round,
          data: { clientId: next.entityId },
        }))
        const removal = { type: 'delete', entityType: 'client', entityId: owner.entityId, baseVersion: 1 }
        const { results } = await nodeOf(1).upload(withIds([next, ...moves, removal]), who)
        expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['applied']))
        owner = next
      }
      isWriting = false
    })()
    let pages = 0
    while (isWriting) {
      const { entities, hasMore } = await nodeOf(pages % 2).download({ limit: 5000 }, who)
      const clients = entities.filter(({ entityType }) => entityType === 'client').map(({ id }) => id)
      const owners = new Set(entities.flatMap(({ data }) => data.clientId ?? []))
      expect([hasMore, clients.length, [...owners]]).toEqual([false, 1, clients])
      pages++
    }
    await writer
    expect(pages).toBeGreaterThan(5)
  })

  it('SRV19 a tenant that somebody holds answers 503 with Retry-After, and the others go on', async () => {
    const [held, other] = [{ tenant: newTenant() }, { tenant: newTenant() }]
    await nodeOf(0).one(newClient(), held)
    const holder = await pool.connect()
    await holder.query('begin')
    await holder.query('update sync.tenant set seq = seq + 1 where tenant_id = $1', [held.tenant])
    const waiting = nodeOf(0).send('/upload', { operations: [{ id: nextId(), ...newClient() }] }, held)
    expect((await nodeOf(0).one(newClient(), other)).status).toBe('applied')
    expect((await nodeOf(0).download({}, held)).entities).toHaveLength(1)
    const answer = await waiting
    expect([answer.status, answer.body.code, answer.headers.get('Retry-After')]).toEqual([
      503,
      'TENANT_BUSY',
      '2',
    ])
    await holder.query('rollback')
    holder.release()
    expect((await nodeOf(0).one(newClient(), held)).status).toBe('applied')
  })

  it('SRV19 a deadlock with a writer of the app, and a connection that dies, are tried again: one effect', async () => {
    const who = { tenant: newTenant() }
    let deaths = 2
    const dying = benchOn(practiceSchema, await sqlStoreOn(postgresDb(pool), practiceSchema), {
      beforeWrite: async (tx) => {
        if (deaths-- <= 0) return
        const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
        await pool.query('select pg_terminate_backend($1)', [row?.pid])
      },
    })
    const operation = { id: nextId(), ...newClient() }
    const { results } = await dying.upload([operation], who)
    expect(results[0]?.status).toBe('applied')
    expect((await nodeOf(0).download({}, who)).entities).toHaveLength(1)

    const id = results[0]?.entityId
    const app = await pool.connect()
    await app.query('begin')
    await app.query('update app.client set phone = $2 where id = $1', [id, 'app'])
    const change = {
      type: 'update',
      entityType: 'client',
      entityId: id,
      baseVersion: 1,
      data: { email: 'a@b.c' },
    }
    const uploading = nodeOf(1).one(change, who)
    await new Promise((resolve) => setTimeout(resolve, 300))
    // The server holds the tenant and waits for the row; the app holds the row and asks for the tenant.
    const locking = app.query('update sync.tenant set seq = seq where tenant_id = $1', [who.tenant]).then(
      () => app.query('commit'),
      () => app.query('rollback'),
    )
    const [result] = await Promise.all([uploading, locking])
    app.release()
    expect(result).toMatchObject({ status: 'applied', version: 2 })
  })
})
