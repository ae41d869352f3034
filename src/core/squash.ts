/** What a record's open operations come to: at most one waits to be sent, and no field is carried twice. */
import type { JsonObject } from '../protocol/json.ts'
import { withChanges } from './merge.ts'
import type { StoredOperation } from './model.ts'

const without = (row: JsonObject | undefined, fields: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(row ?? {}).filter(([field]) => !fields.includes(field)))

const only = (row: JsonObject | undefined, fields: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(row ?? {}).filter(([field]) => fields.includes(field)))

/** Two of a record's operations as one, or `null` where they undo each other. `later` was made on what `earlier` showed. */
const squash = (earlier: StoredOperation, later: StoredOperation): StoredOperation | null => {
  const priority = Math.max(earlier.priority, later.priority)
  const { editedAt } = later
  if (earlier.type === 'create') {
    if (later.type === 'delete') return null
    return { ...earlier, data: withChanges(earlier.data ?? {}, later.data ?? {}), priority, editedAt }
  }
  if (earlier.type === 'update' && later.type === 'update')
    return {
      ...earlier,
      data: { ...earlier.data, ...later.data },
      // The ground of the first: what the second was made on is the first itself.
      own: { ...later.own, ...earlier.own },
      priority,
      editedAt,
    }
  if (earlier.type === 'update')
    return { ...later, own: withChanges(later.own ?? {}, earlier.own ?? {}), priority }
  // Behind a delete: made while a decision showed the record, which was then taken back. The newer wish stands.
  return later.type === 'delete' ? { ...earlier, priority } : { ...later, priority }
}

const isEdit = (operation: StoredOperation): boolean =>
  operation.state === 'unsent' && operation.decides === undefined

const isRefusedCreate = (operation: StoredOperation): boolean =>
  operation.type === 'create' && operation.state === 'rejected'

/** Edits join what waits before them, and a create that was refused. A decision is never squashed into. */
const joined = (operations: readonly StoredOperation[]): StoredOperation[] => {
  const list: StoredOperation[] = []
  for (const operation of operations) {
    const at = isEdit(operation) ? list.findIndex((other) => isEdit(other) || isRefusedCreate(other)) : -1
    const earlier = list[at]
    if (earlier === undefined) {
      list.push(operation)
      continue
    }
    const one = squash(earlier, operation)
    // Never on the server, and not wanted any more: nothing of the record is left.
    if (one === null) return []
    list[at] = one
  }
  return list
}

export interface TakenOver {
  /** What is left of the refused operation; `null`: nothing. */
  refused: StoredOperation | null
  later: StoredOperation
}

/** A later operation takes the fields that it carries away from a refused update, a delete takes the refused one whole. */
export const takeOver = (
  refused: StoredOperation,
  later: StoredOperation,
  fields: readonly string[] = Object.keys(later.data ?? {}),
): TakenOver => {
  if (later.type === 'delete') {
    if (refused.type === 'delete') return { refused: null, later }
    return { refused: null, later: { ...later, own: withChanges(later.own ?? {}, refused.own ?? {}) } }
  }
  const shared = Object.keys(refused.data ?? {}).filter((field) => fields.includes(field))
  if (refused.type !== 'update' || shared.length === 0) return { refused, later }
  const data = without(refused.data, shared)
  return {
    refused: Object.keys(data).length === 0 ? null : { ...refused, data, own: without(refused.own, shared) },
    later: { ...later, own: { ...later.own, ...only(refused.own, shared) } },
  }
}

/**
 * The list of a record's open operations as it must be. Level-triggered like judging: asked after whatever changed the list,
 * so that nobody who adds, refuses or brings back an operation has to know who else is in it. Untouched operations are the
 * same objects.
 */
export const tidy = (operations: readonly StoredOperation[]): StoredOperation[] => {
  const list: (StoredOperation | null)[] = joined(operations)
  list.forEach((found, index) => {
    if (found === null || found.state === 'rejected' || found.decides !== undefined) return
    let later = found
    for (let before = index - 1; before >= 0; before--) {
      const other = list[before]
      if (other === null || other === undefined || other.state !== 'rejected') continue
      const taken = takeOver(other, later)
      list[before] = taken.refused
      later = taken.later
    }
    list[index] = later
  })
  return list.filter((operation) => operation !== null)
}
