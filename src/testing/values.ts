import type { JsonObject, JsonValue } from '../protocol/json.ts'

/**
 * Comparing and folding, written a second time on purpose: a checker that used the code it checks would share its mistakes.
 */
const plain = (value: JsonValue | undefined): string =>
  JSON.stringify(value ?? null, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([, member]) => member !== null && member !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  )

/** Absent and `null` are equal. */
export const sameValue = (a: JsonValue | undefined, b: JsonValue | undefined): boolean =>
  a === b || JSON.stringify(a ?? null) === JSON.stringify(b ?? null) || plain(a) === plain(b)

export const withChanges = (row: JsonObject | null, changes: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries({ ...row, ...changes }).filter(([, value]) => value !== null))
