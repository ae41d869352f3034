import type { JsonObject } from '../protocol/json.ts'
import { withChanges } from './merge.ts'
import type { RecordState, StoredOperation } from './model.ts'

type Folded = Pick<StoredOperation, 'type' | 'data' | 'state'>

/** `base` with operations applied in order; `null` where the record is not shown. A refused delete is not applied. */
export const fold = (base: JsonObject | null, operations: readonly Folded[]): JsonObject | null =>
  operations.reduce<JsonObject | null>((row, operation) => {
    switch (operation.type) {
      case 'create':
        return withChanges(null, operation.data ?? {})
      case 'update':
        return withChanges(row, operation.data ?? {})
      case 'delete':
        return operation.state === 'rejected' ? row : null
    }
  }, base)

/** Of several: rejected > conflict > sending > pending. */
export const statusOf = (operations: readonly Pick<StoredOperation, 'state'>[]): RecordState['status'] => {
  const has = (state: StoredOperation['state']) => operations.some((operation) => operation.state === state)
  if (has('rejected')) return 'rejected'
  if (has('conflict')) return 'conflict'
  if (has('sent')) return 'sending'
  return operations.length > 0 ? 'pending' : 'synced'
}
