import { describeWalk } from '../support/walk-suite.ts'

describeWalk(Number(process.env.WALK_FIRST ?? 1) + 1_000_000)
