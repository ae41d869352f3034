import type { JsonObject } from '../protocol/json.ts'
import { fold } from './fold.ts'
import { collidingFields, differingFields } from './merge.ts'
import type { ConflictKind, StoredOperation } from './model.ts'

export interface Judgement {
  operation: StoredOperation
  kind: ConflictKind
  fields: string[]
}

/**
 * Whether the record's unsent operation disagrees with what lies under it now. Level-triggered: asked again after whatever
 * may have moved the row or the list. `null`: nothing to judge, or no disagreement.
 * References in `base` and in the operations are resolved.
 */
export const judge = (
  base: JsonObject | null,
  gone: boolean,
  operations: readonly StoredOperation[],
): Judgement | null => {
  const index = operations.findIndex(
    (operation) => operation.state === 'unsent' && operation.decides === undefined,
  )
  const operation = operations[index]
  if (operation === undefined || operation.type === 'create') return null
  const isBusy = operations.some(
    (other) => other.state === 'sent' || other.state === 'conflict' || other.decides !== undefined,
  )
  if (isBusy) return null
  // A record of this device alone has nothing on the server to disagree with.
  const hasOwnCreate = operations.some((other) => other.type === 'create')
  if (hasOwnCreate) return null
  if (operation.type === 'update') {
    if (gone) return { operation, kind: 'update-delete', fields: Object.keys(operation.data ?? {}) }
    const under = fold(base, operations.slice(0, index))
    const fields = collidingFields(operation.own ?? {}, under, operation.data ?? {})
    return fields.length === 0 ? null : { operation, kind: 'update-update', fields }
  }
  if (gone) return null
  const under = fold(base, operations.slice(0, index))
  const fields = differingFields(operation.own ?? null, under)
  return fields.length === 0 ? null : { operation, kind: 'delete-update', fields }
}
