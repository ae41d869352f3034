import { afterAll, beforeAll, describe } from 'vitest'
import { practiceSchema } from '../../demo/practice.ts'
import { type Db, pgliteDb } from '../../server/index.ts'
import { freshPGlite } from '../support/pglite.ts'
import { serverContract } from './contract/index.ts'
import { sqlContract } from './contract/sql.ts'
import { type Bench, benchOn } from './support/bench.ts'
import { sqlStoreOn } from './support/practice.ts'

describe('server contract on PGlite', { timeout: 60_000 }, () => {
  let bench: Bench
  let db: Db
  beforeAll(async () => {
    db = pgliteDb(await freshPGlite())
    bench = benchOn(practiceSchema, await sqlStoreOn(db, practiceSchema))
  }, 60_000)
  afterAll(() => db.close(), 60_000)
  serverContract(() => bench)
  sqlContract(() => db)
})
