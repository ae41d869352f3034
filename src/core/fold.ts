import type { JsonObject } from '../protocol/json.ts'
import { withChanges } from './merge.ts'
import type { RecordState, StoredOperation } from './model.ts'

type Folded = Pick<StoredOperation, 'type' | 'data' | 'state'>

/**
 * `base` with operations applied in order; `null` where the record is not shown. A refused delete is not applied. An edit
 * behind a delete (made while a decision showed the record) is one of the whole row: the newer wish stands.
 */
export const fold = (base: JsonObject | null, operations: readonly Folded[]): JsonObject | null => {
  let row = base
  let isDeleted = false
  for (const operation of operations) {
    if (operation.type === 'delete') {
      isDeleted ||= operation.state !== 'rejected'
      continue
    }
    row = withChanges(operation.type === 'create' ? null : row, operation.data ?? {})
    isDeleted = false
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
