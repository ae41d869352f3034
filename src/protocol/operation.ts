import type { EntityId, JsonObject } from './json.ts'

export type OperationType = 'create' | 'update' | 'delete'

/** One change, as it crosses the wire. Its bytes never change once it was sent; `id` is the idempotency key. */
export interface SyncOperation {
  /** UUIDv7, 1-64 visible ASCII characters. */
  id: string
  type: OperationType
  entityType: string
  entityId: EntityId
  /** create: the whole record; update: changed fields only (`null` clears); delete: absent. */
  data?: JsonObject
  /** update: values of the changed fields in the row it was based on. */
  base?: JsonObject
  /** update, delete: version of that row. */
  baseVersion?: number
  /** Server-corrected ms of the edit. */
  editedAt?: number
  /** Set on a decision: the server conflict that this operation decides. */
  conflictId?: number
  /** Accepted for the mission's bodies; they mean nothing to the server. */
  timestamp?: number
  priority?: number
}

export interface IdMapping {
  tempId: string
  realId: EntityId
  entityType: string
  /** ms */
  createdAt: number
  /** ms */
  syncedAt: number
}

/** Who made a change, as shown to people. */
export interface Author {
  userId: string
  name?: string
  device?: string
}

/** Which edit a row's present version came from. */
export interface EditStamp {
  /** Server-corrected ms. */
  at: number
  clientId?: string
  operationId?: string
}
