import type { ClockPort } from '../../src/ports/clock.ts'
import type { IdsPort } from '../../src/ports/ids.ts'

/** mulberry32: small, and the same on every machine. */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A different stream for each device of one run; the ids tell in a trace whose they are. */
export const seededIds = (name: string, seed: number): IdsPort => {
  const random = seededRandom(seed)
  let count = 0
  return {
    uuid: () => `${name}-${++count}`,
    randomBase36: (length) => {
      let text = ''
      while (text.length < length) text += Math.floor(random() * 36).toString(36)
      return text
    },
    random,
  }
}

export interface ManualClock extends ClockPort {
  advance(ms: number): void
}

export const manualClock = (start = 1_730_534_400_000): ManualClock => {
  let now = start
  return {
    now: () => now,
    setTimeout: () => {
      throw new Error('nothing in the stores waits')
    },
    clearTimeout: () => undefined,
    advance: (ms) => {
      now += ms
    },
  }
}
