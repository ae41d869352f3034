import { afterAll, beforeAll, describe } from 'vitest'
import { practiceSchema } from '../../demo/practice.ts'
import { postgresDb } from '../../server/index.ts'
import { serverContract } from './contract/index.ts'
import { type Bench, benchOn } from './support/bench.ts'
import { hasPostgres, type Postgres, startPostgres } from './support/postgres.ts'
import { sqlStoreOn } from './support/practice.ts'

describe.skipIf(!hasPostgres)('server contract on PostgreSQL', () => {
  let bench: Bench
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres()
    bench = benchOn(practiceSchema, await sqlStoreOn(postgresDb(await postgres.database()), practiceSchema))
  }, 60_000)
  afterAll(() => postgres.stop())
  serverContract(() => bench)
})
