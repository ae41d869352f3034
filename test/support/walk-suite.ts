import { describe, expect, test } from 'vitest'
import { runWalk } from './walk.ts'
import type { WalkCounts } from './walk-world.ts'

const SEEDS = Number(process.env.WALK_SEEDS ?? 1000)
const STEPS = 60

/** Floors for 1,000 seeds: a walk in which nothing happens proves nothing. */
const FLOORS: Partial<Record<keyof WalkCounts, number>> = {
  crashes: 1000,
  conflicts: 500,
  decisions: 400,
  rejections: 200,
  merges: 150,
  resets: 300,
  idMoves: 1500,
}

/** Two files share the seeds, so that two workers share the time. */
export const describeWalk = (first: number): void => {
  describe('two devices, one server, and everything that can go wrong between two steps', () => {
    test(`WLK1 seeds ${first} to ${first + SEEDS - 1}: the store is whole after every step; at the end all agree and nothing is lost`, async () => {
      const total: Partial<Record<keyof WalkCounts, number>> = {}
      for (let seed = first; seed < first + SEEDS; seed++) {
        const { counts } = await runWalk(seed, STEPS)
        for (const [name, count] of Object.entries(counts) as [keyof WalkCounts, number][])
          total[name] = (total[name] ?? 0) + count
      }
      expect(total.steps).toBe(SEEDS * STEPS)
      for (const [name, floor] of Object.entries(FLOORS) as [keyof WalkCounts, number][])
        expect([name, total[name]]).toEqual([
          name,
          expect.toSatisfy((count: number) => count >= (floor * SEEDS) / 1000),
        ])
    }, 300_000)

    test('WLK2 a seed is one run: the same trace every time', async () => {
      const [one, two] = [await runWalk(first, STEPS), await runWalk(first, STEPS)]
      expect(one.trace).toEqual(two.trace)
      expect(one.trace.length).toBeGreaterThan(20)
    })
  })
}
