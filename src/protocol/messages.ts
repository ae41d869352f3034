import type { EntityId, JsonObject } from './json.ts'
import type { Author, EditStamp, IdMapping, SyncOperation } from './operation.ts'

/** Version of the wire protocol: header `Synchart-Protocol`, echoed by every answer. */
export const PROTOCOL_VERSION = 1

export interface UploadRequest {
  clientId?: string
  operations: SyncOperation[]
}

export type ConflictReason = 'changed' | 'deleted' | 'has-children'

/** What an upload answers for an operation that disagrees with the server's row. */
export interface ConflictVerdict {
  conflictId: number
  state: 'open' | 'resolved'
  conflictType?: 'version'
  reason?: ConflictReason
  fields?: string[]
  serverData?: JsonObject | null
  serverVersion?: number | null
  serverModifiedAt?: number | null
  serverEdit?: EditStamp | null
  by?: Author | null
}

export interface OperationErrorBody {
  code: string
  message: string
  path?: string
  /** A record that stands in the way. */
  existing?: { entityId: EntityId; version: number | null; data: JsonObject | null }
}

export interface OperationResult {
  id: string
  status: 'applied' | 'merged' | 'conflict' | 'rejected'
  entityId?: EntityId
  version?: number | null
  modifiedAt?: number | null
  replayed?: boolean
  /** merged: the row as it now is; applied: only where the stored row differs from the one before with the operation applied. */
  data?: JsonObject | null
  merge?: { fields: string[]; lost: string[]; serverData: JsonObject | null; serverVersion: number | null }
  error?: OperationErrorBody
  conflict?: ConflictVerdict
}

export interface UploadAnswer {
  results: OperationResult[]
  idMappings: IdMapping[]
  serverTime: number
}

export interface DownloadRequest {
  /** `null` or 0: everything; a cursor of an earlier answer; or ms that the server issued as `timestamp`. */
  lastSync?: string | number | null
  entityTypes?: string[]
  limit?: number
}

export interface EntityRow {
  entityType: string
  id: EntityId
  version: number
  modifiedAt: number
  edit?: EditStamp | null
  by?: Author | null
  data: JsonObject
}

export interface Deletion {
  entityType: string
  id: EntityId
  version: number
  deletedAt: number
  reason: 'deleted' | 'hidden'
  by?: Author | null
}

export interface ClosedConflict {
  conflictId: number
  operationId: string
  entityType: string
  entityId: EntityId
  state: 'resolved'
  resolvedBy?: string | null
  resolvedAt?: number | null
}

export type ResetReason = 'cursor_expired' | 'epoch_changed' | 'view_changed'

export interface DownloadAnswer {
  entities: EntityRow[]
  deletions: Deletion[]
  closedConflicts: ClosedConflict[]
  cursor: string | null
  timestamp: number
  hasMore: boolean
  serverTime: number
  reset?: { reason: ResetReason }
}

export interface ConflictsRequest {
  state?: 'open' | 'resolved'
  entityType?: string
  /** A `conflictId`; the next page starts behind it. */
  after?: number
}

/** A conflict as the server remembers it. */
export interface ServerConflict {
  conflictId: number
  operationId: string
  clientId: string
  userId: string
  by?: Author | null
  entityType: string
  entityId: EntityId
  conflictType: 'version'
  reason: ConflictReason
  fields: string[]
  baseData: JsonObject | null
  clientData: JsonObject | null
  serverData: JsonObject | null
  serverVersion: number | null
  state: 'open' | 'resolved'
  detectedAt: number
  resolvedAt: number | null
  resolvedBy: string | null
}

export interface ConflictsAnswer {
  conflicts: ServerConflict[]
  next: number | null
}

export interface ResolveConflictRequest {
  conflictId: number
  resolution: { strategy: 'client-wins' | 'server-wins' | 'merge'; data?: JsonObject }
  expectedVersion?: number
}

export interface ResolveConflictAnswer {
  success: boolean
  entity: { entityType: string; id: EntityId; version: number; modifiedAt: number; data: JsonObject } | null
}

/** RFC 9457 `application/problem+json`. */
export interface Problem {
  type: string
  title: string
  status: number
  code: string
  detail: string
  requestId: string
  errors?: { path: string; message: string }[]
  /** On 409 only. */
  serverData?: JsonObject | null
  serverVersion?: number | null
}
