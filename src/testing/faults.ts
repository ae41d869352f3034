import type { Random } from './random.ts'

/** How likely each thing is in one run: per request, per transaction, or per step of the run. */
export interface Faults {
  // Per request
  lostRequest: number
  lostAnswer: number
  duplicate: number
  hang: number
  slow: number
  malformed: number
  status: number
  /** ms: the usual way there or back takes up to this. */
  latencyMs: number
  // Per transaction
  storage: number
  /** ms: how long a commit may take; 0: at once. */
  storageMs: number
  // Per step
  partition: number
  serverDown: number
  purge: number
  roles: number
  forbidden: number
  elsewhere: number
  crash: number
  armedCrash: number
  powerLoss: number
  reload: number
  secondTab: number
  freeze: number
  sleep: number
  clockJump: number
  foreignToken: number
  diskFull: number
  // Of the people
  poison: number
  pause: number
  hot: number
}

export const calm: Faults = {
  lostRequest: 0,
  lostAnswer: 0,
  duplicate: 0,
  hang: 0,
  slow: 0,
  malformed: 0,
  status: 0,
  latencyMs: 20,
  storage: 0,
  storageMs: 0,
  partition: 0,
  serverDown: 0,
  purge: 0,
  roles: 0,
  forbidden: 0,
  elsewhere: 0,
  crash: 0,
  armedCrash: 0,
  powerLoss: 0,
  reload: 0,
  secondTab: 0,
  freeze: 0,
  sleep: 0,
  clockJump: 0,
  foreignToken: 0,
  diskFull: 0,
  poison: 0,
  pause: 0,
  hot: 0.5,
}

/**
 * Swarm: each fault is on or off for a whole run, and as strong as drawn. With all faults always on they would hide each
 * other, and nothing would ever get far enough to break.
 */
export const drawFaults = (random: Random): Faults => {
  const upTo = (most: number, onIn = 0.6) => (random.chance(onIn) ? random.next() * most : 0)
  return {
    lostRequest: upTo(0.25),
    lostAnswer: upTo(0.3, 0.8),
    duplicate: upTo(0.2),
    hang: upTo(0.02),
    slow: upTo(0.1),
    malformed: upTo(0.05),
    status: upTo(0.1),
    latencyMs: random.pick([5, 20, 60, 250]),
    storage: upTo(0.04, 0.3),
    storageMs: random.pick([0, 0, 0, 3, 30]),
    partition: upTo(0.03),
    serverDown: upTo(0.02),
    purge: upTo(0.02, 0.4),
    roles: upTo(0.01, 0.3),
    forbidden: upTo(0.02, 0.3),
    elsewhere: upTo(0.05, 0.4),
    crash: upTo(0.025, 0.7),
    armedCrash: upTo(0.03, 0.7),
    powerLoss: upTo(0.02, 0.5),
    reload: upTo(0.02),
    secondTab: upTo(0.04),
    freeze: upTo(0.04, 0.4),
    sleep: upTo(0.01, 0.3),
    clockJump: upTo(0.01, 0.3),
    foreignToken: upTo(0.02, 0.4),
    diskFull: upTo(0.01, 0.2),
    poison: upTo(0.1, 0.5),
    pause: upTo(0.01, 0.3),
    hot: random.pick([0.2, 0.5, 0.8]),
  }
}
