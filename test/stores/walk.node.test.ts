import { describe, expect, test } from 'vitest'
import type { WalkCounts } from '../support/walk.ts'
import { Walk } from '../support/walk.ts'

const SEEDS = Number(process.env.WALK_SEEDS ?? 2000)
const FIRST = Number(process.env.WALK_FIRST ?? 1)
const STEPS = 60

describe('two devices, one server, and everything that can go wrong between two steps', () => {
  test(`WLK1 ${SEEDS} seeds: the store is whole after every step; at the end all agree and nothing is lost`, async () => {
    const total: Partial<Record<keyof WalkCounts, number>> = {}
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const { counts } = await Walk.run(seed, STEPS)
      for (const [name, count] of Object.entries(counts) as [keyof WalkCounts, number][])
        total[name] = (total[name] ?? 0) + count
    }
    console.info(`walk: ${JSON.stringify(total)}`)
    expect(total.steps).toBe(SEEDS * STEPS)
  }, 120_000)
})
