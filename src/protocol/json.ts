/** A value that survives `JSON.parse(JSON.stringify(x))` unchanged: the only kind that records may hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }
export type JsonObject = { [key: string]: JsonValue }

/** What names a record: an integer of the server (a string where the schema says so), or a temp id of this device. */
export type EntityId = number | string

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
