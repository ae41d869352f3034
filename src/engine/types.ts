/** The public, hand-written face of the engine. No type of xstate appears here. */

import type { ChannelPort } from '../ports/channel.ts'
import type { ClockPort } from '../ports/clock.ts'
import type { ConnectivityPort } from '../ports/connectivity.ts'
import type { IdsPort } from '../ports/ids.ts'
import type { LoggerPort } from '../ports/logger.ts'
import type { StorageFactory } from '../ports/storage.ts'
import type { TransportFactory, TransportPort } from '../ports/transport.ts'
import type { SyncError, SyncErrorCode } from '../protocol/errors.ts'
import type { EntityId, JsonObject, JsonValue } from '../protocol/json.ts'
import type { Author, IdMapping, SyncOperation } from '../protocol/operation.ts'
import type { EntityData, Schema, SchemaDefinition } from '../protocol/schema.ts'

export type Unsubscribe = () => void

/** Of several: rejected > conflict > sending > pending. */
export type RecordStatus = 'synced' | 'pending' | 'sending' | 'conflict' | 'rejected'

export interface EntityRecord<Data = JsonObject> {
  /** The server's id, or the temp id until the server gave one. */
  id: EntityId
  /** Never changes while the record lives on this device: for React lists. */
  key: string
  entityType: string
  data: Data
  /** Version of the last known server row; `null` before there is one. */
  version: number | null
  /** ms of the server's clock */
  modifiedAt?: number
  by?: Author
  status: RecordStatus
}

export interface EntityQuery {
  /** Path → value, or a list of which one must match. */
  where?: Record<string, JsonValue | readonly JsonValue[]>
  /** A path, or `-path` for descending. */
  orderBy?: string
  limit?: number
  offset?: number
}

export interface WriteOptions {
  /** Higher goes first where the order of relations leaves a choice; 0 by default. */
  priority?: number
}

/** Every write resolves when it is durable on this device. */
export interface Entities<D extends SchemaDefinition = SchemaDefinition> {
  create<T extends keyof D['entities'] & string>(
    type: T,
    data: EntityData<D, T>,
    options?: WriteOptions,
  ): Promise<EntityRecord<EntityData<D, T>>>
  update<T extends keyof D['entities'] & string>(
    type: T,
    id: EntityId,
    changes: { [K in keyof EntityData<D, T>]?: EntityData<D, T>[K] | null },
    options?: WriteOptions,
  ): Promise<EntityRecord<EntityData<D, T>>>
  delete<T extends keyof D['entities'] & string>(type: T, id: EntityId, options?: WriteOptions): Promise<void>
  get<T extends keyof D['entities'] & string>(
    type: T,
    id: EntityId,
  ): Promise<EntityRecord<EntityData<D, T>> | undefined>
  list<T extends keyof D['entities'] & string>(
    type: T,
    query?: EntityQuery,
  ): Promise<EntityRecord<EntityData<D, T>>[]>
  /** Calls with the present result first, then after every commit that changes it. */
  subscribe<T extends keyof D['entities'] & string>(
    type: T,
    query: EntityQuery | undefined,
    listener: (records: EntityRecord<EntityData<D, T>>[]) => void,
  ): Unsubscribe
}

export interface OperationError {
  code: SyncErrorCode | string
  message: string
  path?: string
}

/** An operation that has no effect on the server yet. */
export interface PendingOperation {
  /** Order on this device. */
  seq: number
  operation: SyncOperation
  state: 'unsent' | 'sent' | 'conflict' | 'rejected'
  /** ms */
  enqueuedAt: number
  /** Set where it was refused. */
  error?: OperationError
}

export interface Operations {
  list(): Promise<PendingOperation[]>
  /** Gives up an unsent or refused operation; the record shows what is left. */
  discard(seq: number): Promise<void>
  /** Sends a refused operation again, under a new id, behind what is open on the record. */
  retry(seq: number): Promise<void>
  subscribe(listener: (operations: PendingOperation[]) => void): Unsubscribe
}

export type ConflictKind = 'update-update' | 'update-delete' | 'delete-update' | 'create-create' | 'orphan'

export interface Conflict {
  /** Of this device. */
  id: number
  serverConflictId?: number
  operation: SyncOperation
  /** What this device shows; `null` where it deletes the record. */
  localData: JsonObject | null
  /** The server's row as last seen; `null` where it is deleted there. */
  serverData: JsonObject | null
  baseData?: JsonObject
  /** ms */
  detectedAt: number
  conflictType: 'version' | 'timestamp' | 'data'
  affectedFields: string[]
  kind: ConflictKind
  /** `deciding`: a decision waits to be sent or for its verdict. */
  status: 'open' | 'deciding'
  /** Who made the server's edit, and when (ms). */
  by?: Author
  serverModifiedAt?: number
  /** Why the last decision was not accepted. */
  error?: OperationError
}

export interface ConflictStrategy {
  type: 'server-wins' | 'client-wins' | 'manual' | 'merge' | 'last-write-wins'
  mergedData?: JsonObject
}

/** A decision, with both sides, written before success is shown. */
export interface HistoryEntry {
  id: number
  conflictId: number
  entityType: string
  entityId: EntityId
  decidedBy: 'person' | 'policy' | 'server'
  strategy: ConflictStrategy['type'] | 'closed-elsewhere'
  localData: JsonObject | null
  serverData: JsonObject | null
  /** ms */
  at: number
}

export interface Conflicts {
  list(): Promise<Conflict[]>
  get(id: number): Promise<Conflict | undefined>
  resolve(id: number, strategy: ConflictStrategy): Promise<void>
  history(): Promise<HistoryEntry[]>
  subscribe(listener: (conflicts: Conflict[]) => void): Unsubscribe
}

export interface SyncResult {
  success: boolean
  synced: number
  failed: number
  conflicts: number
  operations: SyncOperation[]
  errors: SyncError[]
  /** ms */
  duration: number
}

export interface SyncProgress {
  phase: 'idle' | 'upload' | 'download'
  done: number
  /** 0 while unknown. */
  total: number
}

/** The lifecycle's place, for screens: decide by `tags`, show `state`. */
export type LifecycleState =
  | 'deciding'
  | 'idle'
  | 'batching'
  | 'uploading'
  | 'downloading'
  | 'conflict'
  | 'retry'
  | 'pausedOffline'
  | 'pausedByUser'
  | 'authRequired'
  | 'quotaExceeded'
  | 'error'

export type LifecycleTag = 'settled' | 'busy' | 'waiting' | 'offline' | 'paused' | 'attention' | 'canQueue'

export interface SyncStatusSnapshot {
  state: LifecycleState
  tags: readonly LifecycleTag[]
  online: boolean
  /** unsent and sent */
  pending: number
  sending: number
  conflicts: number
  rejected: number
  /** ms of the clock at which the next try starts, in state `retry`. */
  retryAt: number | null
  /** ms of the last complete cycle in this engine's life; `null` before there was one. */
  lastSyncedAt: number | null
  /** What the last cycle ended in, where that was a fault other than offline. */
  lastError: { code: SyncErrorCode; message: string } | null
  progress: SyncProgress
}

export interface EngineEvents {
  status: SyncStatusSnapshot
  settled: { applied: number; conflicts: number; rejected: number }
  /** An id was given: the record is reachable under both for the life of the store. */
  mapped: IdMapping
  /** The lifecycle took a step: for recorders and inspectors. */
  transition: { event: string; from: string; to: string; at: number }
}

export interface SyncEngine<D extends SchemaDefinition = SchemaDefinition> {
  readonly schema: Schema<D>
  readonly tenantId: string
  readonly userId: string
  readonly entities: Entities<D>
  readonly operations: Operations
  readonly conflicts: Conflicts
  /** One whole cycle: what is pending goes up, what is new comes down. Concurrent calls join the running cycle. */
  bidirectionalSync(): Promise<SyncResult>
  resolveConflict(conflict: Conflict, strategy: ConflictStrategy): Promise<void>
  pause(): void
  resume(): void
  /** Tell the engine that `getToken` has a new token. */
  renewAuth(): void
  /** After it resolves nothing is written any more. */
  stop(): Promise<void>
  /** Stable identity until it changes. */
  status(): SyncStatusSnapshot
  on<E extends keyof EngineEvents>(event: E, listener: (payload: EngineEvents[E]) => void): Unsubscribe
}

export interface BatchOptions {
  /** Operations in one upload; 50 by default (the mission's figure). */
  size?: number
  /** How long a first write waits for others, ms; 150 by default. */
  windowMs?: number
  /** Rows in one download page; 1,000 by default (protocol.md). */
  pageSize?: number
}

export interface RetryOptions {
  /** First step of the backoff, ms; 1,000 by default. */
  baseMs?: number
  /** Cap, ms; 300,000 (5 min) by default. */
  capMs?: number
  /** Hard limit of one request, ms; 30,000 by default. */
  requestTimeoutMs?: number
  /** How often an idle engine asks for news, ms; 30,000 by default. */
  pollMs?: number
}

export interface SyncEngineOptions<D extends SchemaDefinition> {
  schema: Schema<D>
  tenantId: string | number
  userId: string | number
  transport: TransportPort | TransportFactory
  /** IndexedDB where there is one, else memory. */
  storage?: StorageFactory
  clock?: ClockPort
  ids?: IdsPort
  connectivity?: ConnectivityPort
  channel?: ChannelPort
  logger?: LoggerPort
  batch?: BatchOptions
  retry?: RetryOptions
  /** Shown to other people beside this device's edits. */
  deviceName?: string
  /** Raw inspection events of the machines (xstate's `inspect`), for `synchart/inspector` and tools. */
  inspect?: (event: unknown) => void
}
