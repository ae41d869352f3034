/** Durable rows as the pure rules see them. How they lie on disk is the business of `src/stores` alone. */
import type { EntityId, JsonObject } from '../protocol/json.ts'
import type { ConflictReason, OperationErrorBody } from '../protocol/messages.ts'
import type { Author, EditStamp, OperationType, SyncOperation } from '../protocol/operation.ts'

export type OperationState = 'unsent' | 'sent' | 'conflict' | 'rejected'

/** An operation that decides a conflict: judged against the row that was shown, not the newest. */
export interface Decision {
  /** Local conflict id. */
  conflict: number
  serverConflictId?: number
  base: JsonObject | null
  baseVersion: number | null
}

export interface StoredOperation {
  /** Order on this device. */
  seq: number
  /** Idempotency key; a verdict spends it. */
  id: string
  type: OperationType
  entityType: string
  /** As it was when the operation was made; resolved through the id map whenever it is read. */
  entityId: EntityId
  /** create: the whole record; update: changed fields. */
  data?: JsonObject
  /** What lay under it when it was made: of an update its fields, of a delete the whole row. */
  own?: JsonObject
  state: OperationState
  priority: number
  /** ms of the device's clock */
  enqueuedAt: number
  /** ms, corrected by the measured offset of the server's clock */
  editedAt: number
  /** Fixed when it was first claimed: the bytes of every attempt, and their place in the request. */
  frozen?: { batchId: number; place: number; body: SyncOperation }
  decides?: Decision
  error?: OperationErrorBody
}

/** What the device knows of one record, dirty or clean. */
export interface RecordState {
  /** Stable for the life of the record on this device. */
  key: string
  /** `base` with `open` applied in order, references resolved; `null`: not shown. Nothing else writes it. */
  data: JsonObject | null
  /** Last known server row; `null` before there was one. */
  base: JsonObject | null
  /** The server row is a tombstone; `base` keeps the data of the last live row. */
  gone: boolean
  version: number | null
  modifiedAt?: number
  edit?: EditStamp
  by?: Author
  /** Number of the download run that last confirmed the row; older ones are removed after a complete run. */
  run?: number
  /** Operations without effect on the server yet, in order. */
  open: number[]
  status: 'synced' | 'pending' | 'sending' | 'conflict' | 'rejected'
}

export type ConflictKind = 'update-update' | 'update-delete' | 'delete-update' | 'create-create' | 'orphan'

export interface ConflictRow {
  id: number
  serverConflictId?: number
  entityType: string
  entityId: EntityId
  kind: ConflictKind
  reason: ConflictReason
  fields: string[]
  /** The operation that met the disagreement, as it was. */
  operation: StoredOperation
  /** Made by the server's edit. */
  by?: Author
  serverModifiedAt?: number
  detectedAt: number
  status: 'open' | 'deciding'
  /** deciding: the operations that the decision stands for, to come back if it is not accepted. */
  held?: StoredOperation[]
  decision?: number
  history?: number
  error?: OperationErrorBody
}

export interface HistoryRow {
  id: number
  conflictId: number
  entityType: string
  entityId: EntityId
  decidedBy: 'person' | 'policy' | 'server'
  strategy: string
  localData: JsonObject | null
  serverData: JsonObject | null
  /** What a person put together by hand: it is in neither side. */
  mergedData?: JsonObject
  operations: StoredOperation[]
  at: number
}
