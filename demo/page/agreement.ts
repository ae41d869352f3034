import { useEffect, useState } from 'react'
import type { EntityRecord, JsonObject, JsonValue } from '../../src/index.ts'
import type { Device } from '../device/device.ts'
import { shownTypes } from './kinds.ts'

/** Equal whatever the order of keys: the two devices wrote them in their own order. */
const stable = (value: JsonValue): JsonValue => {
  if (Array.isArray(value)) return value.map(stable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, stable(inner)]),
  )
}

type Rows = Map<string, string>

const rowsOf = (lists: Map<string, EntityRecord<JsonObject>[]>): Rows => {
  const rows: Rows = new Map()
  for (const [type, records] of lists)
    for (const { id, data } of records) rows.set(`${type} ${id}`, JSON.stringify(stable(data)))
  return rows
}

export interface Agreement {
  /** Records that only one of the devices shows, or that they show differently. */
  different: number
  shared: number
}

const compare = (a: Rows, b: Rows): Agreement => {
  const keys = new Set([...a.keys(), ...b.keys()])
  const shared = [...keys].filter((key) => a.has(key) && a.get(key) === b.get(key)).length
  return { shared, different: keys.size - shared }
}

/** Whether two devices show the same; `null` until both have read their stores. */
export const useAgreement = (devices: readonly Device[]): Agreement | null => {
  const [agreement, setAgreement] = useState<Agreement | null>(null)
  useEffect(() => {
    const known = devices.map(() => new Map<string, EntityRecord<JsonObject>[]>())
    const update = () => {
      const [a, b] = known
      if (a === undefined || b === undefined || a.size + b.size < 2 * shownTypes.length) return
      setAgreement(compare(rowsOf(a), rowsOf(b)))
    }
    const stops = devices.flatMap(({ engine }, index) =>
      shownTypes.map((type) =>
        engine.entities.subscribe(type, undefined, (records) => {
          known[index]?.set(type, records as unknown as EntityRecord<JsonObject>[])
          update()
        }),
      ),
    )
    return () => {
      for (const stop of stops) stop()
    }
  }, [devices])
  return agreement
}
