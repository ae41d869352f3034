import type { JsonObject, JsonValue } from '../protocol/json.ts'

/**
 * Canonical JSON (RFC 8785): keys sorted by UTF-16 code units, numbers and strings as ECMAScript writes them.
 * `null` members are kept: the content of an operation is compared as it was sent.
 */
export const canonicalJson = (value: JsonValue): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] as JsonValue)}`)
  return `{${members.join(',')}}`
}

/** Structural equality; absent and `null` are equal, as in every comparison of row data. */
export const sameValue = (a: JsonValue | undefined, b: JsonValue | undefined): boolean => {
  if (a === undefined || a === null) return b === undefined || b === null
  if (b === undefined || b === null) return false
  if (typeof a !== 'object' || typeof b !== 'object') return a === b
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, index) => sameValue(item, b[index]))
  }
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  for (const key of keys) if (!sameValue(own(a, key), own(b, key))) return false
  return true
}

/** A member of the object itself: never what `Object.prototype` answers for `constructor` or `__proto__`. */
export const own = (object: JsonObject | null | undefined, key: string): JsonValue | undefined =>
  object !== null && object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined
