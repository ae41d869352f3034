/**
 * Temporary ids: `temp_<13-digit ms>_<random>_<entityType>`, sortable by time. `random` is a 5-character base-36 counter
 * within the millisecond followed by 20 random base-36 characters (103 bits: two tabs with one frozen clock do not meet).
 */
export interface TempIdParts {
  timestamp: number
  random: string
  entityType: string
}

const pattern = /^temp_(\d{13})_([0-9a-z]+)_(.+)$/

export const COUNTER_LENGTH = 5
export const RANDOM_LENGTH = 20

export const parseTempId = (id: unknown): TempIdParts | null => {
  if (typeof id !== 'string') return null
  const match = pattern.exec(id)
  if (match === null) return null
  const [, timestamp, random, entityType] = match as unknown as [string, string, string, string]
  return { timestamp: Number(timestamp), random, entityType }
}

export const isTempId = (id: unknown): id is string => parseTempId(id) !== null

/** Last timestamp and counter used in a store; kept with the store so that ids never run backwards. */
export interface TempIdClock {
  lastMs: number
  counter: number
}

/** `now` in ms; `randomBase36` gives that many characters `[0-9a-z]`. */
export const nextTempId = (
  entityType: string,
  clock: TempIdClock,
  now: number,
  randomBase36: (length: number) => string,
): { id: string; clock: TempIdClock } => {
  const lastMs = Math.max(now, clock.lastMs)
  const counter = lastMs === clock.lastMs ? clock.counter + 1 : 0
  const stamp = String(lastMs).padStart(13, '0')
  const count = counter.toString(36).padStart(COUNTER_LENGTH, '0')
  return {
    id: `temp_${stamp}_${count}${randomBase36(RANDOM_LENGTH)}_${entityType}`,
    clock: { lastMs, counter },
  }
}
