/** What a unit writes at its end: rows, the reference keys that follow from them, and the counters that count them. */
import { sameValue } from '../core/canonical.ts'
import type { ConflictRow, RecordState, StoredOperation } from '../core/model.ts'
import { referencesOf } from '../core/references.ts'
import type { StorageKey, StorageTransaction } from '../ports/storage.ts'
import type { EntityId, JsonValue } from '../protocol/json.ts'
import type { IdMapping } from '../protocol/operation.ts'
import type { EntityType } from '../protocol/schema.ts'
import { encodeRecord } from './codec.ts'
import { keys } from './keyspace.ts'
import type { Slot } from './slots.ts'
import type { StoreState } from './store-state.ts'

export interface RecordSlot extends Slot<RecordState> {
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

export const writeRecord = (transaction: StorageTransaction, slot: RecordSlot, changes: Changes): void => {
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
  for (const [name, key] of stale) if (!wanted.delete(name)) transaction.delete(key)
  for (const key of wanted.values()) transaction.put(key, 1)
  if (rowNow === null) transaction.delete(keys.entity(type.name, id))
  else transaction.put(keys.entity(type.name, id), rowNow)
  changes.records.push({ type: type.name, id })
}

export const writeOperation = (
  transaction: StorageTransaction,
  state: StoreState,
  seq: number,
  { before, now }: Slot<StoredOperation>,
): void => {
  const { counts } = state
  if (before !== null) counts[before.state]--
  if (now !== null) counts[now.state]++
  if (now === null) transaction.delete(keys.operation(seq))
  else transaction.put(keys.operation(seq), now)
}

export const writeConflict = (
  transaction: StorageTransaction,
  state: StoreState,
  id: number,
  { before, now }: Slot<ConflictRow>,
): void => {
  if (before?.status === 'open') state.openConflicts--
  if (now?.status === 'open') state.openConflicts++
  if (now === null) transaction.delete(keys.conflict(id))
  else transaction.put(keys.conflict(id), now)
}
