/** What a conflict means for the screen: who did what, which fields ask for a choice, what each decision leads to. */
import { own, sameValue } from '../../core/canonical.ts'
import type { Conflict, ConflictStrategy } from '../../engine/types.ts'
import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import type { EntityType } from '../../protocol/schema.ts'
import type { DiffRow, Side } from './rows.ts'
import { diffRows } from './rows.ts'

/** `conflict` asks a person; `auto-local` and `auto-server` were changed on one side only. */
export type FieldState = 'equal' | 'auto-local' | 'auto-server' | 'conflict'

export interface FieldView extends DiffRow {
  state: FieldState
}

export interface ConflictView {
  conflict: Conflict
  /** Fields both sides changed, those one side changed, and the rest. */
  conflicting: FieldView[]
  automatic: FieldView[]
  unchanged: FieldView[]
  isDeletion: boolean
  person: string | undefined
}

const stateOf = (row: DiffRow, conflict: Conflict): FieldState => {
  if (row.isEqual) return 'equal'
  if (conflict.affectedFields.includes(row.path)) return 'conflict'
  const base = own(conflict.baseData, row.path)
  if (conflict.baseData !== undefined && Object.hasOwn(conflict.baseData, row.path)) {
    if (sameValue(base, row.local)) return 'auto-server'
    return sameValue(base, row.server) ? 'auto-local' : 'conflict'
  }
  if (conflict.operation.data !== undefined && Object.hasOwn(conflict.operation.data, row.path))
    return 'auto-local'
  return conflict.kind === 'update-update' ? 'auto-server' : 'conflict'
}

export const isDeletion = (conflict: Conflict): boolean =>
  conflict.kind === 'update-delete' || conflict.kind === 'delete-update'

/** The rows of a deletion show what the side that is still there did, against the row before. */
const sidesOf = (conflict: Conflict) => ({
  local: conflict.localData,
  server: conflict.serverData,
  base: conflict.baseData,
})

export const conflictView = (conflict: Conflict, type: EntityType | null): ConflictView => {
  const rows = diffRows(sidesOf(conflict), type).map(
    (row): FieldView => ({ ...row, state: stateOf(row, conflict) }),
  )
  const deletion = isDeletion(conflict)
  // Against a deletion every field differs; what was edited is what a person has to weigh.
  const isEdited = (row: FieldView) =>
    conflict.affectedFields.includes(row.path) ||
    own(conflict.operation.data, row.path) !== undefined ||
    (row.isBaseKnown && !sameValue(row.base, conflict.localData === null ? row.server : row.local))
  const conflicting = rows.filter((row) => (deletion ? isEdited(row) : row.state === 'conflict'))
  const rest = rows.filter((row) => !conflicting.includes(row))
  return {
    conflict,
    conflicting,
    automatic: deletion ? [] : rest.filter((row) => row.state !== 'equal'),
    unchanged: deletion ? rest : rest.filter((row) => row.state === 'equal'),
    isDeletion: deletion,
    person: conflict.by?.name,
  }
}

/** The value a field ends with when a person takes one side for all that is open. */
export const resultOf = (row: FieldView, side: Side): JsonValue | undefined => {
  if (side === 'server') return row.server
  return row.state === 'auto-server' ? row.server : row.local
}

/** The side a field's value comes from under that decision. */
export const originOf = (row: FieldView, side: Side): Side =>
  side === 'server' || row.state === 'auto-server' ? 'server' : 'local'

export const strategyOf = (side: Side): ConflictStrategy => ({
  type: side === 'local' ? 'client-wins' : 'server-wins',
})

/** Values that somebody loses: on the server by keeping local, on this device by taking the server's. */
export const losesBy = (view: ConflictView, side: Side): number => {
  const rows =
    side === 'local'
      ? view.conflicting
      : [...view.conflicting, ...view.automatic.filter((row) => row.state === 'auto-local')]
  return rows.length
}

/** Whether a decision leaves no record. */
export const endsDeleted = (conflict: Conflict, side: Side): boolean =>
  (side === 'local' ? conflict.localData : conflict.serverData) === null

/** Changes when what a person is deciding about changes under them. */
export const revisionOf = (conflict: Conflict): string =>
  JSON.stringify([conflict.serverData, conflict.localData, conflict.kind] satisfies (
    | JsonObject
    | null
    | string
  )[])
