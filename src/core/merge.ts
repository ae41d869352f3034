import type { JsonObject } from '../protocol/json.ts'
import { own, sameValue } from './canonical.ts'

/**
 * Fields of `changes` on which two sides disagree: what lies there now (`theirs`) differs both from what the change was
 * made on (`base`) and from the new value. Without `base` nothing is known of the ancestor: every difference collides.
 */
export const collidingFields = (
  base: JsonObject | null | undefined,
  theirs: JsonObject | null,
  changes: JsonObject,
): string[] =>
  Object.keys(changes).filter((field) => {
    const present = own(theirs, field)
    if (sameValue(present, own(changes, field))) return false
    return base === null || base === undefined || !sameValue(present, own(base, field))
  })

/** Fields in which two rows differ, in the order of `a` and then of `b`. */
export const differingFields = (a: JsonObject | null, b: JsonObject | null): string[] => {
  const fields = new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])
  return [...fields].filter((field) => !sameValue(own(a, field), own(b, field)))
}

/** `row` with `changes` over it; `null` clears, and a field without a value is left out. */
export const withChanges = (row: JsonObject | null, changes: JsonObject): JsonObject => {
  const merged: JsonObject = {}
  for (const [field, value] of Object.entries({ ...row, ...changes }))
    if (value !== null) merged[field] = value
  return merged
}
