import type { IdsPort } from '../ports/ids.ts'

/** Randomness of one concern of a run. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** Whole, from 0 to below `limit`. */
  below(limit: number): number
  /** In [low, high). */
  between(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** A name, as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name
}

const hashOf = (text: string): number => {
  let hash = 2166136261
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 16777619)
  }
  return hash >>> 0
}

/**
 * A stream for each (seed, name): a concern that draws more or less than before does not shift the draws of another, so a
 * seed stays nearly the same story when the product changes. mulberry32: small, and the same on every machine.
 */
export const randomOf = (seed: number, name: string): Random => {
  let state = (Math.imul(seed, 2654435761) ^ hashOf(name)) >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => probability > 0 && next() < probability,
    pick: <T>(list: readonly T[]) => list[below(list.length)] as T,
    weighted: <Name extends string>(weights: Readonly<Record<Name, number>>) => {
      const entries = Object.entries(weights) as [Name, number][]
      const sum = entries.reduce((total, [, weight]) => total + weight, 0)
      let left = next() * sum
      for (const [name, weight] of entries) {
        left -= weight
        if (left < 0) return name
      }
      return (entries.at(-1) as [Name, number])[0]
    },
  }
}

/**
 * Ids that tell in a story whose they are. `count` belongs to the device, not to a tab: two ids of a device never meet,
 * whatever was lost with a tab, as with true randomness.
 */
export const idsOf = (device: string, count: { last: number }, random: Random): IdsPort => ({
  uuid: () => `${device}-${++count.last}`,
  randomBase36: (length) => `${device.toLowerCase()}${++count.last}`.padEnd(length, '0').slice(0, length),
  random: random.next,
})
