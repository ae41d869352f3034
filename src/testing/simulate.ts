import { Chaos } from './chaos.ts'
import { furnish } from './furnish.ts'
import { Heal } from './heal.ts'
import { People } from './people.ts'
import type { Finding } from './story.ts'
import { World, type WorldOptions } from './world.ts'

export interface SimulationOptions extends WorldOptions {
  /** Steps with faults; 160 by default. */
  steps?: number
}

/** What the floors of a summary are about. */
export interface SimulationCounts {
  steps: number
  writes: number
  requests: number
  crashes: number
  powerLosses: number
  answersLost: number
  duplicates: number
  rewritesInRace: number
  mergesAndConflicts: number
  resets: number
}

export interface SimulationResult {
  seed: number
  /** `null`: every promise was kept. */
  finding: Finding | null
  counts: SimulationCounts
  /** Told only where it was asked for. */
  story: readonly string[]
}

const tellFaults = (world: World): void => {
  const on = Object.entries(world.faults).filter(([, rate]) => rate > 0)
  world.story.say(
    'run',
    () => `seed ${world.seed}: ${on.map(([name, rate]) => `${name} ${+rate.toFixed(3)}`).join(', ')}`,
  )
  for (const { device } of world.people)
    world.story.say(device.name, () => {
      const habits = Object.entries(device.habits).map(([name, value]) => `${name} ${value}`)
      return `is a device of ${device.account.userId} of ${device.account.tenantId}: ${habits.join(', ')}`
    })
}

/** Runs one seed: a phase with faults, then a phase without, in which everything must come to rest. */
export const simulate = async (seed: number, options: SimulationOptions = {}): Promise<SimulationResult> => {
  const { steps = 160 } = options
  const world = new World(seed, options)
  const people = new People(world)
  const chaos = new Chaos(world, people)
  const pace = world.random('pace')
  tellFaults(world)
  await furnish(world)
  for (const device of world.devices) {
    world.openTab(device)
    // Two of them do the same work, and meet while they do it.
    if (pace.chance(0.3)) world.openTab(device)
  }
  await world.clock.advance(pace.pick([0, 100, 5_000]))
  for (; world.step < steps && world.story.finding === null; world.step++) {
    const sleepMs = chaos.strike()
    if (sleepMs > 0) {
      await world.clock.advance(sleepMs)
      chaos.wake()
    }
    if (pace.chance(0.8)) people.act()
    const wait = pace.weighted({ none: 2, blink: 8, moment: 5, while: 2, long: 0.4 })
    const most = { none: 0, blink: 50, moment: 500, while: 5_000, long: 60_000 }[wait]
    await world.clock.advance(Math.round(pace.next() * most))
    await world.look()
  }
  if (world.story.finding === null) await new Heal(world, people).run()
  for (const tab of [...world.tabs]) world.closeTab(tab)
  const { network, counts, story } = world
  return {
    seed,
    finding: story.finding,
    counts: {
      steps: world.step,
      writes: world.writes,
      requests: network.counts.requests,
      crashes: counts.crashes,
      powerLosses: counts.powerLosses,
      answersLost: network.counts.answersLost,
      duplicates: network.counts.duplicates,
      rewritesInRace: counts.rewritesInRace,
      mergesAndConflicts: network.counts.merges + counts.conflicts,
      resets: network.counts.resets,
    },
    story: story.lines,
  }
}
