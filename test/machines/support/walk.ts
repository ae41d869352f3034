import type { Fault } from '../../../machines/index.ts'
import { LifecycleWorld, START, type Twist } from './lifecycle-world.ts'
import { type Random, seeded } from './random.ts'

const STEPS = 60
export const POLL_MS = 120_000
/** A quarter of all calls goes wrong. */
const FAULT_RATE = 0.25
/** Longer than every timed way out: retry and error leave within 5 min, authRequired and quotaExceeded within 1. */
const HEALING_MS = 900_000

const faultOf = (random: Random, now: number): Fault | Error => {
  switch (random.below(8)) {
    case 0:
      return { kind: 'offline' }
    case 1:
      return { kind: 'auth' }
    case 2:
      return { kind: 'quota' }
    case 3:
      return { kind: 'fatal', code: 'SCHEMA_TOO_OLD' }
    case 4:
      return new Error('a defect')
    case 5:
      return { kind: 'transient', retryAt: now + 3_600_000, forced: random.chance(0.5) }
    default:
      return { kind: 'transient', retryAt: now + 1 + random.below(60_000), forced: random.chance(0.3) }
  }
}

const facts = [
  'net.lost',
  'net.restored',
  'auth.expired',
  'auth.renewed',
  'sync.paused',
  'sync.resumed',
  'quota.exceeded',
  'quota.freed',
] as const

const stepOf = async (world: LifecycleWorld, random: Random): Promise<void> => {
  switch (random.below(10)) {
    case 0:
      return world.write(random.chance(0.1) ? 60 : 1 + random.below(3))
    case 1:
      return world.send('sync.requested')
    case 2:
      return world.send('flush.requested')
    case 3:
      world.backend.server.head += random.below(4)
      return world.send('remote.changed')
    case 4:
    case 5:
      return world.send(random.pick(facts))
    case 6:
      return world.setAll('conflict', random.chance(0.5) ? 'unsent' : 'applied')
    case 7:
      world.tokenValid = random.chance(0.5)
      if (random.chance(0.1)) world.clock.jump(random.below(1_200_000) - 600_000)
      return
    default:
      return await world.clock.advance(random.pick([0, 5, 100, 400, 2_000, 40_000, 360_000]))
  }
}

/** A lifecycle in a hostile world that then heals. Same seed, same run. */
export const walk = async (seed: number): Promise<LifecycleWorld> => {
  const random = seeded(seed)
  let isHostile = true
  const world = new LifecycleWorld({
    unsent: random.below(4),
    // Seldom, as a run is hours long and polls are most of its cost.
    timing: { pollMs: POLL_MS },
    input: {
      online: random.chance(0.8),
      authed: random.chance(0.8),
      pausedByUser: random.chance(0.2),
      retryAt: random.chance(0.3) ? START + random.below(600_000) : null,
      retryForced: random.chance(0.3),
    },
    latency: () => (isHostile ? random.pick([0, 2, 20, 400]) : 4),
    twist: (_, now): Twist | undefined =>
      isHostile && random.chance(FAULT_RATE) ? { fault: faultOf(random, now) } : undefined,
    verdict: () =>
      isHostile ? random.pick(['applied', 'applied', 'conflict', 'rejected'] as const) : 'applied',
    isAutomatic: () => random.chance(0.5),
  })
  for (let step = 0; step < STEPS; step++) await stepOf(world, random)
  isHostile = false
  // What is under way was hostile still.
  await world.clock.advance(1_000)
  world.tokenValid = true
  for (const fact of ['sync.resumed', 'auth.renewed', 'net.restored', 'quota.freed'] as const)
    world.send(fact)
  await world.clock.advance(HEALING_MS)
  return world
}
