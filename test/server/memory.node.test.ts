import { beforeAll, describe } from 'vitest'
import { practiceSchema } from '../../demo/practice.ts'
import { serverContract } from './contract/index.ts'
import { type Bench, benchOn } from './support/bench.ts'
import { memoryStoreFor } from './support/practice.ts'

describe('server contract in memory', { timeout: 60_000 }, () => {
  let bench: Bench
  beforeAll(() => {
    bench = benchOn(practiceSchema, memoryStoreFor(practiceSchema))
  })
  serverContract(() => bench)
})
