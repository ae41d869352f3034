import { afterAll, beforeAll, describe } from 'vitest'
import { practiceSchema } from '../../demo/practice.ts'
import { pgliteDb } from '../../server/index.ts'
import { freshPGlite } from '../support/pglite.ts'
import { serverContract } from './contract/index.ts'
import { type Bench, benchOn } from './support/bench.ts'
import { sqlStoreOn } from './support/practice.ts'

describe('server contract on PGlite', () => {
  let bench: Bench
  let close = async () => {}
  beforeAll(async () => {
    const store = await sqlStoreOn(pgliteDb(await freshPGlite()), practiceSchema)
    close = () => store.close()
    bench = benchOn(practiceSchema, store)
  }, 60_000)
  afterAll(() => close())
  serverContract(() => bench)
})
