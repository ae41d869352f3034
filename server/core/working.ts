import type { EntityId, JsonObject } from '../../src/protocol/json.ts'
import type { Author, EditStamp } from '../../src/protocol/operation.ts'
import { keyOf, keyOfRef, msOf } from './keys.ts'
import type { ConflictRow, IndexRow, StoredMapping, StoredRow, WriteStep } from './store.ts'

/** All that a set of operations has to be judged on, read in one go. */
export interface Snapshot {
  /** Targets of the operations, by key. */
  rows: ReadonlyMap<string, StoredRow>
  /** Records that are referred to. */
  referred: ReadonlyMap<string, IndexRow>
  mapped: ReadonlyMap<string, StoredMapping>
  /** By create: ids set aside for the temp ids of the request. */
  reserved: ReadonlyMap<string, EntityId>
  /** By key of a record to be deleted: paths of live children that the request does not touch. */
  children: ReadonlyMap<string, ReadonlySet<string>>
  conflicts: ReadonlyMap<number, ConflictRow>
  firstSeq: number
}

/** A record as the operations judged so far leave it. */
export interface WorkingRecord {
  key: string
  entityType: string
  id: EntityId
  stored: StoredRow | null
  /** `null`: the tenant never had it. */
  version: number | null
  data: JsonObject | null
  seq: number | null
  edit: EditStamp | null
  by: Author | null
  steps: WriteStep[]
}

export const isLive = (record: WorkingRecord): boolean => record.data !== null

export const modifiedAtOf = (record: WorkingRecord): number | null =>
  record.seq === null ? null : msOf(record.seq)

export type Presence = 'live' | 'gone' | 'unknown'

export class WorkingSet {
  readonly records = new Map<string, WorkingRecord>()
  readonly created = new Map<string, WorkingRecord>()
  readonly closed = new Map<number, number>()
  #seq: number
  readonly #snapshot: Snapshot

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
    this.#seq = snapshot.firstSeq
  }

  #nextSeq(): number {
    return this.#seq++
  }

  get(entityType: string, id: EntityId): WorkingRecord {
    const key = keyOf(entityType, id)
    const known = this.records.get(key)
    if (known !== undefined) return known
    const stored = this.#snapshot.rows.get(key) ?? null
    const record: WorkingRecord = {
      key,
      entityType,
      id,
      stored,
      version: stored?.version ?? null,
      data: stored?.data ?? null,
      seq: stored?.seq ?? null,
      edit: stored?.edit ?? null,
      by: stored?.by ?? null,
      steps: [],
    }
    this.records.set(key, record)
    return record
  }

  /** Whether a record may be referred to, as far as the request has come. */
  presence(entityType: string, id: EntityId): Presence {
    const key = keyOf(entityType, id)
    const working = this.records.get(key)
    if (working !== undefined && (working.steps.length > 0 || working.stored !== null)) {
      return isLive(working) ? 'live' : 'gone'
    }
    const row = this.#snapshot.rows.get(key) ?? this.#snapshot.referred.get(key)
    if (row === undefined) return 'unknown'
    return row.gone ? 'gone' : 'live'
  }

  write(
    record: WorkingRecord,
    operation: number,
    data: JsonObject | null,
    edit: EditStamp,
    by: Author,
  ): void {
    if (record.steps.length === 0) record.seq = this.#nextSeq()
    record.steps.push({ operation, data })
    record.data = data
    record.version = (record.version ?? 0) + 1
    record.edit = edit
    record.by = by
  }

  /** Closing a conflict moves the feed like a write. */
  close(conflictId: number): void {
    this.closed.set(conflictId, this.#nextSeq())
  }

  conflict(conflictId: number): { row: ConflictRow; isOpen: boolean } | null {
    const row = this.#snapshot.conflicts.get(conflictId)
    if (row === undefined) return null
    return { row, isOpen: row.state === 'open' && !this.closed.has(conflictId) }
  }
}

export const byKey = <T extends { entityType: string; id: EntityId }>(items: readonly T[]): Map<string, T> =>
  new Map(items.map((item) => [keyOfRef(item), item]))
