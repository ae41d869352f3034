import type { EntityId, JsonObject, JsonValue } from '../../src/protocol/json.ts'
import type { ConflictReason } from '../../src/protocol/messages.ts'
import type { SyncOperation } from '../../src/protocol/operation.ts'

export interface ModelRow {
  type: string
  id: EntityId
  version: number
  modifiedAt: number
  /** `null`: a tombstone. */
  data: JsonObject | null
  operationId?: string
  clientId?: string
  seq: number
}

export interface ModelConflict {
  id: number
  user: string
  operation: SyncOperation
  type: string
  entityId: EntityId
  reason: ConflictReason
  fields: string[]
  serverData: JsonObject | null
  serverVersion: number | null
  state: 'open' | 'resolved'
  seq: number
}

/** One write that took effect: what it changed on which row, for whoever compares with what was asked. */
export interface Effect {
  operation: SyncOperation
  before: JsonObject | null
  after: JsonObject | null
}

const canonical = (value: JsonValue | undefined): string =>
  JSON.stringify(value ?? null, (_key, inner) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([, member]) => member !== null)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  )

export const isEqual = (a: JsonValue | undefined, b: JsonValue | undefined): boolean =>
  canonical(a) === canonical(b)

export const over = (row: JsonObject | null, changes: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries({ ...row, ...changes }).filter(([, value]) => value !== null))

export const differing = (a: JsonObject, b: JsonObject): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((field) => !isEqual(a[field], b[field]))
