import { fold, statusOf } from '../core/fold.ts'
import { judge } from '../core/judge.ts'
import type { ConflictRow, HistoryRow, RecordState, StoredOperation } from '../core/model.ts'
import { referencesOf } from '../core/references.ts'
import { tidy } from '../core/squash.ts'
import type { IdsPort } from '../ports/ids.ts'
import type { StorageTransaction } from '../ports/storage.ts'
import type { EntityId } from '../protocol/json.ts'
import type { Schema } from '../protocol/schema.ts'
import { entityTypeOf } from '../protocol/schema.ts'
import type { RecordRow } from './codec.ts'
import { decodeRecord } from './codec.ts'
import type { Changes, RecordSlot } from './commit.ts'
import { writeConflict, writeOperation, writeRecord } from './commit.ts'
import { ResolvedIds } from './ids.ts'
import { keys, nameOf } from './keyspace.ts'
import { Slots } from './slots.ts'
import type { StoreState } from './store-state.ts'

export type { Changes } from './commit.ts'

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
export class Unit extends ResolvedIds {
  readonly now: number
  readonly ids: IdsPort
  readonly state: StoreState
  readonly #transaction: StorageTransaction
  readonly #stateBefore: string
  readonly #records = new Map<string, RecordSlot>()
  readonly #operations: Slots<number, StoredOperation>
  readonly #conflicts: Slots<number, ConflictRow>
  readonly #histories: HistoryRow[] = []
  readonly #touched = new Set<string>()
  /** Whatever was touched at any time: all else is as it was read. */
  readonly #changed = new Set<string>()

  private constructor(transaction: StorageTransaction, context: UnitContext, state: StoreState) {
    super(transaction, context.schema)
    this.now = context.now
    this.ids = context.ids
    this.#transaction = transaction
    this.state = state
    this.#stateBefore = JSON.stringify(state)
    this.#operations = new Slots(
      async (seq) => ((await transaction.get(keys.operation(seq))) as StoredOperation) ?? null,
    )
    this.#conflicts = new Slots(
      async (id) => ((await transaction.get(keys.conflict(id))) as ConflictRow) ?? null,
    )
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

  /** Records whose shown data refers to this one. */
  async referrers(type: string, id: EntityId): Promise<{ type: string; id: EntityId }[]> {
    const found = new Map<string, { type: string; id: EntityId }>()
    for (const key of await this.#transaction.listKeys(keys.referencesTo(type, id)))
      found.set(nameOf(key[3] as string, key[4] as EntityId), {
        type: key[3] as string,
        id: key[4] as EntityId,
      })
    // What this transaction already changed is not on disk yet.
    for (const [name, slot] of this.#records) {
      found.delete(name)
      for (const reference of referencesOf(slot.type, slot.now?.data))
        if (reference.type === type && (await this.resolveId(reference.id)) === id)
          found.set(name, { type: slot.type.name, id: slot.id })
    }
    return [...found.values()]
  }

  async recordIdsOf(type: string): Promise<EntityId[]> {
    return (await this.#transaction.listKeys(keys.entitiesOf(type))).map((key) => key[2] as EntityId)
  }

  // Operations

  async operation(seq: number): Promise<StoredOperation | null> {
    return await this.#operations.get(seq)
  }

  async operations(seqs: readonly number[]): Promise<StoredOperation[]> {
    const found = await Promise.all(seqs.map((seq) => this.operation(seq)))
    return found.filter((operation) => operation !== null)
  }

  /** Everything without effect on the server, in order of enqueue. */
  async allOperations(): Promise<StoredOperation[]> {
    const rows = (await this.#transaction.list(keys.operations())) as [unknown, StoredOperation][]
    this.#operations.meet(rows.map(([, row]) => [row.seq, row]))
    return this.#operations.present().sort((a, b) => a.seq - b.seq)
  }

  async putOperation(operation: StoredOperation): Promise<void> {
    await this.#operations.set(operation.seq, operation)
    this.touch(operation.entityType, await this.resolveId(operation.entityId))
  }

  async removeOperation(seq: number): Promise<void> {
    const operation = await this.operation(seq)
    if (operation === null) return
    await this.#operations.set(seq, null)
    this.touch(operation.entityType, await this.resolveId(operation.entityId))
  }

  nextSeq(): number {
    return this.state.next.operation++
  }

  // Conflicts and history

  async conflict(id: number): Promise<ConflictRow | null> {
    return await this.#conflicts.get(id)
  }

  async allConflicts(): Promise<ConflictRow[]> {
    const rows = (await this.#transaction.list(keys.conflicts())) as [unknown, ConflictRow][]
    this.#conflicts.meet(rows.map(([, row]) => [row.id, row]))
    return this.#conflicts.present().sort((a, b) => a.id - b.id)
  }

  async putConflict(row: ConflictRow): Promise<void> {
    await this.#conflicts.set(row.id, row)
  }

  async removeConflict(id: number): Promise<void> {
    await this.#conflicts.set(id, null)
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
      if (slot !== undefined) writeRecord(this.#transaction, slot, changes)
    }
    for (const [seq, slot] of this.#operations.changed()) {
      writeOperation(this.#transaction, this.state, seq, slot)
      changes.operations = true
    }
    for (const [id, slot] of this.#conflicts.changed()) {
      writeConflict(this.#transaction, this.state, id, slot)
      changes.conflicts = true
    }
    for (const [tempId, { now }] of this.mappings.changed()) {
      if (now === null) continue
      this.#transaction.put(keys.mapping(tempId), now)
      changes.mapped.push(now)
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
