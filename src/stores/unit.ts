import { sameValue } from '../core/canonical.ts'
import { fold, statusOf } from '../core/fold.ts'
import { judge } from '../core/judge.ts'
import type { ConflictRow, HistoryRow, RecordState, StoredOperation } from '../core/model.ts'
import { mapReferences, referencesOf } from '../core/references.ts'
import { tidy } from '../core/squash.ts'
import { parseTempId } from '../core/temp-id.ts'
import type { IdsPort } from '../ports/ids.ts'
import type { StorageKey, StorageTransaction } from '../ports/storage.ts'
import type { EntityId, JsonObject, JsonValue } from '../protocol/json.ts'
import type { IdMapping } from '../protocol/operation.ts'
import type { EntityType, Schema } from '../protocol/schema.ts'
import { entityTypeOf } from '../protocol/schema.ts'
import type { RecordRow } from './codec.ts'
import { decodeRecord, encodeRecord } from './codec.ts'
import { keys, nameOf } from './keyspace.ts'
import type { StoreState } from './store-state.ts'

interface Slot<T> {
  before: T | null
  now: T | null
}

interface RecordSlot extends Slot<RecordState> {
  type: EntityType
  id: EntityId
}

/** What a committed transaction changed, for whoever watches. */
export interface Changes {
  records: { type: string; id: EntityId }[]
  operations: boolean
  conflicts: boolean
  mapped: IdMapping[]
  /** How things stand after it. */
  state: StoreState
}

export interface UnitContext {
  schema: Schema
  /** ms */
  now: number
  ids: IdsPort
}

/**
 * One transaction's view of the store. Steps change lists and server rows; `finish` applies the rule of a record to all
 * that was touched, judges it, derives reference keys and counters, and writes. Nothing else writes a record.
 */
export class Unit {
  readonly schema: Schema
  readonly now: number
  readonly ids: IdsPort
  readonly state: StoreState
  readonly #transaction: StorageTransaction
  readonly #stateBefore: string
  readonly #records = new Map<string, RecordSlot>()
  readonly #operations = new Map<number, Slot<StoredOperation>>()
  readonly #mappings = new Map<string, Slot<IdMapping>>()
  readonly #conflicts = new Map<number, Slot<ConflictRow>>()
  readonly #histories: HistoryRow[] = []
  readonly #touched = new Set<string>()
  /** Whatever was touched at any time: all else is as it was read. */
  readonly #changed = new Set<string>()

  private constructor(transaction: StorageTransaction, context: UnitContext, state: StoreState) {
    this.schema = context.schema
    this.now = context.now
    this.ids = context.ids
    this.#transaction = transaction
    this.state = state
    this.#stateBefore = JSON.stringify(state)
  }

  static async open(transaction: StorageTransaction, context: UnitContext): Promise<Unit> {
    const state = (await transaction.get(keys.meta('state'))) as StoreState
    return new Unit(transaction, context, copyOf(state))
  }

  // Records

  async #slot(type: string, id: EntityId): Promise<RecordSlot> {
    const name = nameOf(type, id)
    const known = this.#records.get(name)
    if (known !== undefined) return known
    const row = (await this.#transaction.get(keys.entity(type, id))) as RecordRow | undefined
    // Another step may have loaded it while this one waited.
    const raced = this.#records.get(name)
    if (raced !== undefined) return raced
    const before = row === undefined ? null : decodeRecord(row)
    const slot: RecordSlot = {
      type: entityTypeOf(this.schema, type),
      id,
      before,
      now: before === null ? null : { ...before, open: [...before.open] },
    }
    this.#records.set(name, slot)
    return slot
  }

  async record(type: string, id: EntityId): Promise<RecordState | null> {
    return (await this.#slot(type, id)).now
  }

  /** The record as it is now, even where an earlier step of this unit changed what it is made of. */
  async shown(type: string, id: EntityId): Promise<RecordState | null> {
    await this.applyTouched()
    return await this.record(type, id)
  }

  /** Brings every record that was touched so far under the rule. */
  async applyTouched(): Promise<void> {
    // Applying touches what it changes: the set grows and is walked to its end.
    for (const name of this.#touched) {
      const [type, id] = JSON.parse(name) as [string, EntityId]
      const slot = await this.#slot(type, id)
      if (slot.now !== null) await this.#applyRule(slot)
    }
    this.#touched.clear()
  }

  /** Marks a record for the rule, after its list or its server row was changed in place. */
  touch(type: string, id: EntityId): void {
    const name = nameOf(type, id)
    this.#touched.add(name)
    this.#changed.add(name)
  }

  async setRecord(type: string, id: EntityId, record: RecordState | null): Promise<void> {
    ;(await this.#slot(type, id)).now = record
    this.touch(type, id)
  }

  // Operations

  async operation(seq: number): Promise<StoredOperation | null> {
    const known = this.#operations.get(seq)
    if (known !== undefined) return known.now
    const row = ((await this.#transaction.get(keys.operation(seq))) as StoredOperation | undefined) ?? null
    if (!this.#operations.has(seq)) this.#operations.set(seq, { before: row, now: row })
    return this.#operations.get(seq)?.now ?? null
  }

  async operations(seqs: readonly number[]): Promise<StoredOperation[]> {
    const found = await Promise.all(seqs.map((seq) => this.operation(seq)))
    return found.filter((operation) => operation !== null)
  }

  /** Everything without effect on the server, in order of enqueue. */
  async allOperations(): Promise<StoredOperation[]> {
    for (const [key, value] of await this.#transaction.list(keys.operations())) {
      const seq = key[1] as number
      if (!this.#operations.has(seq)) {
        const row = value as StoredOperation
        this.#operations.set(seq, { before: row, now: row })
      }
    }
    return [...this.#operations.values()]
      .map((slot) => slot.now)
      .filter((operation) => operation !== null)
      .sort((a, b) => a.seq - b.seq)
  }

  async putOperation(operation: StoredOperation): Promise<void> {
    await this.operation(operation.seq)
    const slot = this.#operations.get(operation.seq) as Slot<StoredOperation>
    slot.now = operation
    this.touch(operation.entityType, await this.resolveId(operation.entityId))
  }

  async removeOperation(seq: number): Promise<void> {
    const operation = await this.operation(seq)
    if (operation === null) return
    const slot = this.#operations.get(seq) as Slot<StoredOperation>
    slot.now = null
    this.touch(operation.entityType, await this.resolveId(operation.entityId))
  }

  nextSeq(): number {
    return this.state.next.operation++
  }

  /** The operation with its id and its declared references resolved, as far as they are mapped now. */
  async resolved(operation: StoredOperation): Promise<StoredOperation> {
    const { data, own, decides } = operation
    const type = entityTypeOf(this.schema, operation.entityType)
    const base = decides?.base ?? null
    return {
      ...operation,
      entityId: await this.resolveId(operation.entityId),
      ...(data === undefined ? {} : { data: await this.resolveReferences(type, data) }),
      ...(own === undefined ? {} : { own: await this.resolveReferences(type, own) }),
      ...(decides === undefined || base === null
        ? {}
        : { decides: { ...decides, base: await this.resolveReferences(type, base) } }),
    }
  }

  // Ids

  async mapping(tempId: string): Promise<IdMapping | null> {
    const known = this.#mappings.get(tempId)
    if (known !== undefined) return known.now
    const row = ((await this.#transaction.get(keys.mapping(tempId))) as IdMapping | undefined) ?? null
    if (!this.#mappings.has(tempId)) this.#mappings.set(tempId, { before: row, now: row })
    return this.#mappings.get(tempId)?.now ?? null
  }

  async setMapping(mapping: IdMapping): Promise<void> {
    const before = await this.mapping(mapping.tempId)
    this.#mappings.set(mapping.tempId, { before, now: mapping })
  }

  async resolveId(id: EntityId): Promise<EntityId> {
    if (parseTempId(id) === null) return id
    return (await this.mapping(id as string))?.realId ?? id
  }

  async resolveReferences(type: EntityType, data: JsonObject): Promise<JsonObject> {
    const temporary = referencesOf(type, data).filter((reference) => parseTempId(reference.id) !== null)
    if (temporary.length === 0) return data
    const real = new Map<EntityId, EntityId>()
    for (const { id } of temporary) real.set(id, await this.resolveId(id))
    return mapReferences(type, data, (reference) => real.get(reference.id) ?? reference.id)
  }

  /** Records whose shown data refers to this one. */
  async referrers(type: string, id: EntityId): Promise<{ type: string; id: EntityId; path: string }[]> {
    const found = await this.#transaction.listKeys(keys.referencesTo(type, id))
    const stored = found.map((key) => ({
      type: key[3] as string,
      id: key[4] as EntityId,
      path: key[5] as string,
    }))
    // What this transaction already changed is not on disk yet.
    const seen = new Set(stored.map((source) => nameOf(source.type, source.id)))
    const current: typeof stored = []
    for (const source of stored) {
      const slot = this.#records.get(nameOf(source.type, source.id))
      if (slot === undefined || slot.now !== null) current.push(source)
    }
    for (const slot of this.#records.values()) {
      if (slot.now === null || seen.has(nameOf(slot.type.name, slot.id))) continue
      for (const reference of referencesOf(slot.type, slot.now.data))
        if (reference.type === type && (await this.resolveId(reference.id)) === id)
          current.push({ type: slot.type.name, id: slot.id, path: reference.path })
    }
    return current
  }

  // Conflicts and history

  async conflict(id: number): Promise<ConflictRow | null> {
    const known = this.#conflicts.get(id)
    if (known !== undefined) return known.now
    const row = ((await this.#transaction.get(keys.conflict(id))) as ConflictRow | undefined) ?? null
    this.#conflicts.set(id, { before: row, now: row })
    return row
  }

  async allConflicts(): Promise<ConflictRow[]> {
    for (const [key, value] of await this.#transaction.list(keys.conflicts())) {
      const id = key[1] as number
      if (!this.#conflicts.has(id))
        this.#conflicts.set(id, { before: value as ConflictRow, now: value as ConflictRow })
    }
    return [...this.#conflicts.values()].map((slot) => slot.now).filter((row) => row !== null)
  }

  async putConflict(row: ConflictRow): Promise<void> {
    await this.conflict(row.id)
    const slot = this.#conflicts.get(row.id) as Slot<ConflictRow>
    slot.now = row
  }

  async removeConflict(id: number): Promise<void> {
    await this.conflict(id)
    const slot = this.#conflicts.get(id) as Slot<ConflictRow>
    slot.now = null
  }

  addHistory(row: Omit<HistoryRow, 'id' | 'at'>): number {
    const id = this.state.next.history++
    this.#histories.push({ ...row, id, at: this.now })
    return id
  }

  putQuarantine(type: string, id: EntityId, value: unknown): void {
    this.#transaction.put(keys.quarantine(type, id), value)
  }

  removeQuarantine(type: string, id: EntityId): void {
    this.#transaction.delete(keys.quarantine(type, id))
  }

  async quarantined(): Promise<{ type: string; id: EntityId }[]> {
    const found = await this.#transaction.listKeys(keys.quarantines())
    return found.map((key) => ({ type: key[1] as string, id: key[2] as EntityId }))
  }

  async recordIdsOf(type: string): Promise<EntityId[]> {
    return (await this.#transaction.listKeys(keys.entitiesOf(type))).map((key) => key[2] as EntityId)
  }

  // The end

  async finish(): Promise<Changes> {
    await this.applyTouched()
    const changes: Changes = {
      records: [],
      operations: false,
      conflicts: false,
      mapped: [],
      state: this.state,
    }
    for (const name of this.#changed) {
      const slot = this.#records.get(name)
      if (slot !== undefined) this.#writeRecord(slot, changes)
    }
    for (const [seq, slot] of this.#operations) this.#writeOperation(seq, slot, changes)
    for (const [id, slot] of this.#conflicts) this.#writeConflict(id, slot, changes)
    for (const slot of this.#mappings.values())
      if (slot.now !== null && slot.now !== slot.before) {
        this.#transaction.put(keys.mapping(slot.now.tempId), slot.now)
        changes.mapped.push(slot.now)
      }
    for (const row of this.#histories) this.#transaction.put(keys.history(row.id), row)
    if (changes.operations || changes.conflicts) this.state.revision++
    if (JSON.stringify(this.state) !== this.#stateBefore)
      this.#transaction.put(keys.meta('state'), this.state)
    return changes
  }

  /** The rule of a record: its list in order, the judgement of what is open, `base` with that list applied. */
  async #applyRule(slot: RecordSlot): Promise<void> {
    const record = slot.now as RecordState
    await this.#tidyList(record)
    if (record.base !== null) record.base = await this.resolveReferences(slot.type, record.base)
    const { base, open } = record
    if (open.length === 0) {
      const { run, isComplete } = this.state.sync
      const isOutdated = isComplete && (record.run ?? 0) < run
      if (base === null || record.gone || isOutdated) slot.now = null
      else Object.assign(record, { data: base, status: 'synced' satisfies RecordState['status'] })
      return
    }
    const operations: StoredOperation[] = []
    for (const operation of await this.operations(open)) operations.push(await this.resolved(operation))
    const judgement = judge(base, record.gone, operations)
    if (judgement !== null) {
      const operation = (await this.operation(judgement.operation.seq)) as StoredOperation
      const inConflict: StoredOperation = { ...operation, state: 'conflict' }
      await this.putOperation(inConflict)
      await this.openConflict(inConflict, record, judgement.kind, judgement.fields)
      operations[operations.findIndex((other) => other.seq === operation.seq)] = {
        ...judgement.operation,
        state: 'conflict',
      }
    }
    Object.assign(record, { data: fold(base, operations, record.gone), status: statusOf(operations) })
  }

  async #tidyList(record: RecordState): Promise<void> {
    if (record.open.length < 2) return
    const before = await this.operations(record.open)
    const now = new Map(tidy(before).map((operation) => [operation.seq, operation]))
    for (const operation of before) {
      const kept = now.get(operation.seq)
      if (kept === undefined) await this.removeOperation(operation.seq)
      else if (kept !== operation) await this.putOperation(kept)
    }
    record.open = [...now.keys()]
  }

  /** A conflict row for an operation that has just met a disagreement. */
  async openConflict(
    operation: StoredOperation,
    record: RecordState,
    kind: ConflictRow['kind'],
    fields: string[],
    verdict: Partial<Pick<ConflictRow, 'serverConflictId' | 'reason' | 'by' | 'serverModifiedAt'>> = {},
  ): Promise<ConflictRow> {
    const row: ConflictRow = {
      id: this.state.next.conflict++,
      entityType: operation.entityType,
      entityId: operation.entityId,
      kind,
      reason: kind === 'update-delete' ? 'deleted' : 'changed',
      fields,
      operation,
      ...(record.by === undefined ? {} : { by: record.by }),
      ...(record.modifiedAt === undefined ? {} : { serverModifiedAt: record.modifiedAt }),
      ...verdict,
      detectedAt: this.now,
      status: 'open',
    }
    await this.putConflict(row)
    return row
  }

  #writeRecord(slot: RecordSlot, changes: Changes): void {
    const { type, id, before, now } = slot
    const rowBefore = before === null ? null : encodeRecord(before)
    const rowNow = now === null ? null : encodeRecord(now)
    if (sameValue(rowBefore as unknown as JsonValue, rowNow as unknown as JsonValue)) return
    // A list may refer to one record twice: one key stands for both.
    const keysOf = (data: RecordState['data'] | undefined): Map<string, StorageKey> =>
      new Map(
        referencesOf(type, data).map((reference) => [
          JSON.stringify([reference.path, reference.type, reference.id]),
          keys.reference(reference.type, reference.id, type.name, id, reference.path),
        ]),
      )
    const [stale, wanted] = [keysOf(before?.data), keysOf(now?.data)]
    for (const [name, key] of stale) if (!wanted.delete(name)) this.#transaction.delete(key)
    for (const key of wanted.values()) this.#transaction.put(key, 1)
    if (rowNow === null) this.#transaction.delete(keys.entity(type.name, id))
    else this.#transaction.put(keys.entity(type.name, id), rowNow)
    changes.records.push({ type: type.name, id })
  }

  #writeOperation(seq: number, slot: Slot<StoredOperation>, changes: Changes): void {
    if (slot.before === slot.now) return
    const { counts } = this.state
    if (slot.before !== null) counts[slot.before.state]--
    if (slot.now !== null) counts[slot.now.state]++
    if (slot.now === null) this.#transaction.delete(keys.operation(seq))
    else this.#transaction.put(keys.operation(seq), slot.now)
    changes.operations = true
  }

  #writeConflict(id: number, slot: Slot<ConflictRow>, changes: Changes): void {
    if (slot.before === slot.now) return
    if (slot.before?.status === 'open') this.state.openConflicts--
    if (slot.now?.status === 'open') this.state.openConflicts++
    if (slot.now === null) this.#transaction.delete(keys.conflict(id))
    else this.#transaction.put(keys.conflict(id), slot.now)
    changes.conflicts = true
  }
}

/** A row that was read is nobody's to change, and this one is changed in place. */
const copyOf = (state: StoreState): StoreState => ({
  ...state,
  next: { ...state.next },
  tempId: { ...state.tempId },
  counts: { ...state.counts },
  sync: { ...state.sync },
  retry: state.retry === null ? null : { ...state.retry },
})
