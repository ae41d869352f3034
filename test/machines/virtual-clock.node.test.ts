import { expect, test } from 'vitest'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'

test('CLK01 a timer that sets itself again is met as often as time allows, each time at its own due time', async () => {
  const clock = new VirtualClock({ now: 100 })
  const seen: number[] = []
  const tick = () => {
    seen.push(clock.now())
    clock.setTimeout(tick, 1_000)
  }
  clock.setTimeout(tick, 1_000)
  await clock.advance(10_000)
  expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => 100 + (i + 1) * 1_000))
  expect(clock.now()).toBe(10_100)
  expect(clock.untilNext).toBe(1_000)
})

test('CLK02 timers due at the same time run in the order in which they were set; a cleared one does not run', async () => {
  const clock = new VirtualClock()
  const seen: string[] = []
  const late = clock.setTimeout(() => seen.push('cleared'), 5)
  for (const name of ['a', 'b', 'c']) clock.setTimeout(() => seen.push(name), 5)
  clock.clearTimeout(late)
  await clock.advance(5)
  expect(seen).toEqual(['a', 'b', 'c'])
  expect(clock.pending).toBe(0)
  expect(clock.untilNext).toBeNull()
})

test('CLK03 what waits for promises goes on between two timers', async () => {
  const clock = new VirtualClock()
  const sleep = (ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
  const seen: number[] = []
  const work = async () => {
    for (let i = 0; i < 3; i++) {
      await sleep(10)
      for (let depth = 0; depth < 50; depth++) await Promise.resolve()
      seen.push(clock.now())
    }
  }
  const done = work()
  await clock.advance(30)
  await done
  expect(seen).toEqual([10, 20, 30])
})

test('CLK04 a clock that is set moves no timer', async () => {
  const clock = new VirtualClock({ now: 1_000_000 })
  let ranAt = 0
  clock.setTimeout(() => {
    ranAt = clock.now()
  }, 500)
  clock.jump(-600_000)
  await clock.advance(499)
  expect(ranAt).toBe(0)
  await clock.advance(1)
  expect(ranAt).toBe(400_500)
})
