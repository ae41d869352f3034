import type { EntityId, JsonObject } from '../../src/protocol/json.ts'
import type { ConflictReason, OperationErrorBody, OperationResult } from '../../src/protocol/messages.ts'
import type { Author, EditStamp, SyncOperation } from '../../src/protocol/operation.ts'
import type { EntityType, Schema } from '../../src/protocol/schema.ts'
import type { Action, Authorize, Identity, ValidateRow } from './identity.ts'
import { modifiedAtOf, type Snapshot, type WorkingRecord, type WorkingSet } from './working.ts'

/** What stays the same while a request is judged. */
export interface Rules {
  schema: Schema
  identity: Identity
  clientId: string
  device: string | undefined
  /** ms by the handler's clock */
  now: number
  authorize: Authorize | undefined
  validate: ValidateRow | undefined
}

/** An operation of the request that is judged, with its place in it. */
export interface Item {
  index: number
  operation: SyncOperation
  type: EntityType
  /** Equal for operations on one record, whatever they call it. */
  key: string
}

/** What is known only from an earlier pass over the same operations, or from the database. */
export interface Findings {
  /** Temp ids that the request was to create and does not. */
  failed: Set<string>
  /** By index of a delete: paths of the children that keep it from going. */
  blocked: Map<number, Set<string>>
  /** By index: refused by the database. */
  refused: ReadonlyMap<number, OperationErrorBody>
}

/** A conflict that an operation met; it gets its number when the request is written. */
export interface ConflictDraft {
  record: WorkingRecord
  reason: ConflictReason
  fields: string[]
  operation: SyncOperation
  clientData: JsonObject | null
  serverData: JsonObject | null
  serverVersion: number | null
  serverModifiedAt: number | null
  serverEdit: EditStamp | null
  by: Author | null
  /** A decision that conflicts again leaves its conflict open. */
  existing: number | null
}

export interface Verdict {
  result: OperationResult
  draft?: ConflictDraft
  /** The record whose stored row the answer is about. */
  wrote?: WorkingRecord
  closes?: number
}

export interface Pass {
  rules: Rules
  snapshot: Snapshot
  working: WorkingSet
  findings: Findings
  /** Temp ids that were counted on before their create was judged. */
  assumed: Set<string>
  /** By temp id of a create: temp ids of the same request that it refers to. */
  uses: Map<string, Set<string>>
}

export const may = (rules: Rules, action: Action, entityType: string): boolean =>
  rules.authorize === undefined || rules.authorize(rules.identity, action, entityType)

export const rejected = (item: Item, error: OperationErrorBody): Verdict => ({
  result: { id: item.operation.id, status: 'rejected', error },
})

export const applied = (item: Item, record: WorkingRecord): Verdict => ({
  result: {
    id: item.operation.id,
    status: 'applied',
    entityId: record.id,
    version: record.version,
    modifiedAt: modifiedAtOf(record),
  },
})

/** There is nothing to do and no row to speak of: a delete of what never reached the server. */
export const appliedWithoutRow = (item: Item, id: EntityId): Verdict => ({
  result: { id: item.operation.id, status: 'applied', entityId: id, version: null, modifiedAt: null },
})

const authorOf = (rules: Rules): Author => ({
  userId: rules.identity.userId,
  ...(rules.identity.name === undefined ? {} : { name: rules.identity.name }),
  ...(rules.device === undefined ? {} : { device: rules.device }),
})

const editOf = (rules: Rules, operation: SyncOperation): EditStamp => ({
  // A device's clock may be anything; an edit is never later than its arrival.
  at: Math.max(0, Math.min(Math.round(operation.editedAt ?? rules.now), rules.now)),
  clientId: rules.clientId,
  operationId: operation.id,
})

export const write = (pass: Pass, item: Item, record: WorkingRecord, data: JsonObject | null): Verdict => {
  pass.working.write(record, item.index, data, editOf(pass.rules, item.operation), authorOf(pass.rules))
  return { ...applied(item, record), wrote: record }
}
