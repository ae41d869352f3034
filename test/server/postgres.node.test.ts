import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { practiceSchema } from '../../demo/practice.ts'
import { type Db, postgresDb } from '../../server/index.ts'
import { serverContract } from './contract/index.ts'
import { sqlContract } from './contract/sql.ts'
import { type Bench, benchOn } from './support/bench.ts'
import { hasPostgres, type Postgres, startPostgres } from './support/postgres.ts'
import { newClient, sqlStoreOn } from './support/practice.ts'

describe.skipIf(!hasPostgres)('server contract on PostgreSQL', { timeout: 60_000 }, () => {
  let bench: Bench
  let db: Db
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres()
    db = postgresDb(await postgres.database())
    bench = benchOn(practiceSchema, await sqlStoreOn(db, practiceSchema))
  }, 60_000)
  afterAll(() => postgres.stop(), 60_000)
  serverContract(() => bench)
  sqlContract(() => db)

  it('SRV21 an ordinary owner of the database is enough; one that cannot take on the role is told at boot', async () => {
    const admin = await postgres.database(2)
    const [{ name } = { name: '' }] = (
      await admin.query<{ name: string }>('select current_database() as name')
    ).rows
    await admin.query(`create role plain_owner login createrole; alter database ${name} owner to plain_owner`)
    // The role is one of the whole cluster, and the suites before have made it.
    await admin.query('revoke synchart_app from plain_owner')
    const target = new URL(postgres.url)
    target.pathname = `/${name}`
    target.username = 'plain_owner'
    const pool = new pg.Pool({ connectionString: target.href, max: 2 })
    const store = () => sqlStoreOn(postgresDb(pool), practiceSchema)
    await admin.query('alter role plain_owner nocreaterole')
    await expect(store()).rejects.toThrow(/grant synchart_app to plain_owner/)
    await admin.query('grant synchart_app to plain_owner')
    const owned = benchOn(practiceSchema, await store())
    expect((await owned.one(newClient())).status).toBe('applied')
    expect((await owned.download()).entities).toHaveLength(1)
    expect((await owned.download({}, { tenant: 'other' })).entities).toEqual([])
    await pool.end()
  })
})
