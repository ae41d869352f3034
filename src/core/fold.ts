import type { JsonObject } from '../protocol/json.ts'
import { withChanges } from './merge.ts'
import type { RecordState, StoredOperation } from './model.ts'

type Folded = Pick<StoredOperation, 'type' | 'data' | 'state'>

/**
 * `base` with operations applied in order; `null` where the record is not shown. A refused delete is not applied. An edit
 * behind a delete (made while a decision showed the record), or over a tombstone (`gone`, whose `base` is the last live row),
 * is one of the whole row: the newer wish stands. One that changes nothing wishes nothing: it accepts a deletion.
 */
export const fold = (
  base: JsonObject | null,
  operations: readonly Folded[],
  gone = false,
): JsonObject | null => {
  let row = base
  let isDeleted = gone
  for (const { type, state, data = {} } of operations) {
    if (type === 'delete') isDeleted ||= state !== 'rejected'
    else {
      row = withChanges(type === 'create' ? null : row, data)
      if (type === 'create' || Object.keys(data).length > 0) isDeleted = false
    }
  }
  return isDeleted ? null : row
}

/** Of several: rejected > conflict > sending > pending. */
export const statusOf = (operations: readonly Pick<StoredOperation, 'state'>[]): RecordState['status'] => {
  const has = (state: StoredOperation['state']) => operations.some((operation) => operation.state === state)
  if (has('rejected')) return 'rejected'
  if (has('conflict')) return 'conflict'
  if (has('sent')) return 'sending'
  return operations.length > 0 ? 'pending' : 'synced'
}
