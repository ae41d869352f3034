/**
 * What the server's decisions ask of a database. Every call takes a whole set of operations: never one call per operation.
 */
import type { EntityId, JsonObject } from '../../src/protocol/json.ts'
import type { ConflictReason, OperationErrorBody, OperationResult } from '../../src/protocol/messages.ts'
import type { Author, EditStamp, OperationType } from '../../src/protocol/operation.ts'
import type { PlannedWrite } from './identity.ts'

export interface RecordRef {
  entityType: string
  id: EntityId
}

/** A line of the index table: every record that the tenant ever had, tombstones included. */
export interface IndexRow extends RecordRef {
  version: number
  /** Place in the tenant's feed: a hybrid logical clock in µs. */
  seq: number
  gone: boolean
  edit: EditStamp
  by: Author
}

export interface StoredRow extends IndexRow {
  /** `null` where the record is gone. */
  data: JsonObject | null
}

export interface LedgerEntry {
  operationId: string
  clientId: string
  /** Hash of the operation as it was sent. */
  hash: string
  verdict: OperationResult
}

export interface StoredMapping {
  tempId: string
  entityType: string
  id: EntityId
  seq: number
}

export interface StoredResolution {
  /** Hash of strategy and data: the same resolution again gets the same answer. */
  hash: string
  answer: JsonObject
}

export interface ConflictRow {
  conflictId: number
  operationId: string
  operationType: OperationType
  clientId: string
  userId: string
  entityType: string
  entityId: EntityId
  reason: ConflictReason
  fields: string[]
  baseData: JsonObject | null
  clientData: JsonObject | null
  serverData: JsonObject | null
  serverVersion: number | null
  /** Who made the server's edit. */
  by: Author | null
  state: 'open' | 'resolved'
  createdSeq: number
  resolvedSeq: number | null
  resolvedBy: string | null
  resolution: StoredResolution | null
}

/** What lies under a record after one operation of the request. */
export interface WriteStep {
  /** Index of the operation in the request. */
  operation: number
  data: JsonObject | null
}

/** The effect of a request on one record, all its operations folded together. */
export interface RecordWrite extends RecordRef {
  before: JsonObject | null
  after: JsonObject | null
  /** Stored is `after`; the steps are tried one by one only to find the operation that the database refuses. */
  steps: WriteStep[]
  /** Records of the same request whose writes must stand for this one to be possible. */
  needs: RecordRef[]
}

export interface WriteOutcome {
  /** Rows as the database keeps them: defaults and triggers of the app included. */
  stored: ReadonlyMap<string, JsonObject>
  /** By index of the operation. Where it is not empty nothing was written. */
  refused: ReadonlyMap<number, OperationErrorBody>
}

export interface Saved {
  index: IndexRow[]
  mappings: StoredMapping[]
  conflicts: ConflictRow[]
  ledger: LedgerEntry[]
}

/** One serialised transaction of a tenant: its counter row is locked before anything is read. */
export interface WriteTx {
  /** First of the reserved places in the feed. */
  firstSeq: number
  ledger(userId: string, operationIds: string[]): Promise<LedgerEntry[]>
  mappings(tempIds: string[]): Promise<StoredMapping[]>
  /** New ids, per type as many as asked. */
  allocate(counts: ReadonlyMap<string, number>): Promise<Map<string, EntityId[]>>
  rows(refs: RecordRef[]): Promise<StoredRow[]>
  index(refs: RecordRef[]): Promise<IndexRow[]>
  /** Live children of `parents`, those in `touched` left aside; `path` is `type.path`. */
  children(parents: RecordRef[], touched: RecordRef[]): Promise<{ parent: RecordRef; path: string }[]>
  conflicts(ids: number[]): Promise<ConflictRow[]>
  allocateConflicts(count: number): Promise<number[]>
  write(writes: RecordWrite[]): Promise<WriteOutcome>
  save(userId: string, saved: Saved): Promise<void>
}

export interface FeedState {
  epoch: string
  /** 0 for a tenant that nobody has written for. */
  seq: number
  /** Tombstones below are purged. */
  minSeq: number
}

/** One snapshot of a tenant. */
export interface ReadTx {
  feed(): Promise<FeedState>
  /**
   * Records changed after `after`, in feed order; tombstones only where they are younger than `tombstonesAfter`.
   */
  changes(query: {
    types: string[]
    after: number
    tombstonesAfter: number
    limit: number
  }): Promise<StoredRow[]>
  closedConflicts(query: { userId: string; after: number; limit: number }): Promise<ConflictRow[]>
  conflictList(query: {
    userId: string
    state: 'open' | 'resolved'
    types: string[]
    after: number
    limit: number
  }): Promise<ConflictRow[]>
}

export interface WriteOptions<Hook> {
  /** Places in the feed to reserve. */
  reserve: number
  /** µs since 1970 by the handler's clock; the database's own clock where it is `null`. */
  nowMicros: number | null
  beforeWrite: ((tx: Hook, writes: readonly PlannedWrite[]) => Promise<void>) | null
}

/** `Hook` is what the store hands to `beforeWrite`. */
export interface ServerStore<Hook = unknown> {
  /** Runs again as a whole where the database asks for it, so `work` keeps nothing outside itself. */
  write<T>(tenantId: string, options: WriteOptions<Hook>, work: (tx: WriteTx) => Promise<T>): Promise<T>
  read<T>(tenantId: string, work: (tx: ReadTx) => Promise<T>): Promise<T>
  close(): Promise<void>
}
