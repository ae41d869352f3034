/** What a decision leaves behind: refused operations that it made up for, or its wish where somebody else was faster. */
import { own } from '../core/canonical.ts'
import { differingFields } from '../core/merge.ts'
import type { RecordState, StoredOperation } from '../core/model.ts'
import { takeOver } from '../core/squash.ts'
import type { JsonObject } from '../protocol/json.ts'
import { closeConflict } from './conflicts.ts'
import type { Unit } from './unit.ts'
import { dropOperation, newOperation } from './writes.ts'

/** What a decision changed is no longer carried by refused operations; before its answer that would have spoiled the undo. */
export const takeRefused = async (unit: Unit, record: RecordState, decision: StoredOperation) => {
  const { own: ground = null, data = null } = decision
  const fields = decision.type === 'create' ? differingFields(ground, data) : Object.keys(data ?? {})
  for (const operation of await unit.operations(record.open)) {
    if (operation.state !== 'rejected') continue
    const { refused } = takeOver(operation, decision, fields)
    if (refused === null) await dropOperation(unit, record, operation)
    else if (refused !== operation) await unit.putOperation(refused)
  }
}

/**
 * Somebody else decided first: the conflict closes, and what this decision still wants becomes an ordinary operation on the
 * ground that it was decided on, so that it is judged against the row as it came out.
 */
export const decidedElsewhere = async (
  unit: Unit,
  record: RecordState,
  decision: StoredOperation,
): Promise<void> => {
  const again = await wantedStill(unit, record, decision)
  record.open = record.open.flatMap((seq) =>
    seq !== decision.seq ? [seq] : again === null ? [] : [again.seq],
  )
  await unit.removeOperation(decision.seq)
  if (again !== null) await unit.putOperation(again)
  await closeConflict(unit, (decision.decides as { conflict: number }).conflict)
}

const wantedStill = async (
  unit: Unit,
  record: RecordState,
  decision: StoredOperation,
): Promise<StoredOperation | null> => {
  const id = await unit.resolveId(decision.entityId)
  const { own: ground = {}, priority } = decision
  if (decision.type === 'delete')
    return record.gone
      ? null
      : newOperation(unit, 'delete', decision.entityType, id, { own: ground, priority })
  const { data: wanted = {} } = await unit.resolved(decision)
  // A revival brought the whole row: of a row that lives again only what was changed is still wanted, also where that
  // is that a field has no value.
  const isRevival = decision.type === 'create'
  const present = isRevival ? (await unit.resolved(decision)).own : record.base
  const fields = differingFields(wanted, present ?? null).filter(
    (field) => isRevival || Object.hasOwn(wanted, field),
  )
  if (fields.length === 0) return null
  const data: JsonObject = {}
  const under: JsonObject = {}
  for (const field of fields) {
    data[field] = own(wanted, field) ?? null
    under[field] = own(ground, field) ?? null
  }
  return newOperation(unit, 'update', decision.entityType, id, { data, own: under, priority })
}
