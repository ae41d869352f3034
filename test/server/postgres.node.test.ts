import { afterAll, beforeAll, describe } from 'vitest'
import { practiceSchema } from '../../demo/practice.ts'
import { type Db, postgresDb } from '../../server/index.ts'
import { serverContract } from './contract/index.ts'
import { sqlContract } from './contract/sql.ts'
import { type Bench, benchOn } from './support/bench.ts'
import { hasPostgres, type Postgres, startPostgres } from './support/postgres.ts'
import { sqlStoreOn } from './support/practice.ts'

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
})
