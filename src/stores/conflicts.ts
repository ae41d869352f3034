/** Conflicts as rows: opened by a judgement or a verdict, decided by an ordinary operation, closed with its verdict. */
import { own, sameValue } from '../core/canonical.ts'
import { fold } from '../core/fold.ts'
import { withChanges } from '../core/merge.ts'
import type { ConflictRow, HistoryRow, RecordState, StoredOperation } from '../core/model.ts'
import { validateFields } from '../core/validate.ts'
import { SyncError } from '../protocol/errors.ts'
import type { EntityId, JsonObject } from '../protocol/json.ts'
import type { ConflictReason, OperationErrorBody } from '../protocol/messages.ts'
import type { Author, OperationType } from '../protocol/operation.ts'
import { entityTypeOf } from '../protocol/schema.ts'
import type { Unit } from './unit.ts'
import { dropOperation, newOperation, resolveWritten } from './writes.ts'

export const conflictOf = (type: OperationType, reason: ConflictReason | undefined): ConflictRow['kind'] => {
  if (reason === 'deleted') return 'update-delete'
  return type === 'delete' || reason === 'has-children' ? 'delete-update' : 'update-update'
}

const conflictById = async (unit: Unit, id: number): Promise<ConflictRow> => {
  const conflict = await unit.conflict(id)
  if (conflict === null)
    throw new SyncError('UNKNOWN_CONFLICT', `no conflict ${id} is open on this device`, { path: 'id' })
  return conflict
}

const recordOf = async (
  unit: Unit,
  conflict: ConflictRow,
): Promise<{ id: EntityId; record: RecordState }> => {
  const id = await unit.resolveId(conflict.entityId)
  // By the rule: what is not shown does not follow when an id it refers to is given.
  unit.touch(conflict.entityType, id)
  const record = await unit.shown(conflict.entityType, id)
  if (record === null)
    throw new SyncError('NOT_FOUND', `this device has no ${conflict.entityType} ${id}`, { path: 'id' })
  return { id, record }
}

type DecidedBy = HistoryRow['decidedBy']

interface Ending {
  record: RecordState
  mergedData?: JsonObject
  decidedBy: DecidedBy
  strategy: string
}

const writeHistory = async (
  unit: Unit,
  conflict: ConflictRow,
  ending: Ending,
  operations: StoredOperation[],
): Promise<number> => {
  const { record } = ending
  const resolved: StoredOperation[] = []
  for (const operation of operations) resolved.push(await unit.resolved(operation))
  return unit.addHistory({
    conflictId: conflict.id,
    entityType: conflict.entityType,
    entityId: await unit.resolveId(conflict.entityId),
    decidedBy: ending.decidedBy,
    strategy: ending.strategy,
    ...(ending.mergedData === undefined ? {} : { mergedData: ending.mergedData }),
    localData: fold(record.base, resolved, record.gone),
    serverData: record.gone ? null : record.base,
    operations,
  })
}

/** Operations on the record that a decision stands for: all without effect that are not refused. */
const concerned = async (unit: Unit, record: RecordState): Promise<StoredOperation[]> =>
  (await unit.operations(record.open)).filter(
    (operation) => operation.state !== 'rejected' && operation.decides === undefined,
  )

/** The conflict row goes. With an `ending` its operations go, too, and the journal keeps both sides. */
export const closeConflict = async (unit: Unit, id: number, ending?: Ending): Promise<void> => {
  const conflict = await unit.conflict(id)
  if (conflict === null) return
  if (ending !== undefined) {
    const operation = await unit.operation(conflict.operation.seq)
    await writeHistory(unit, conflict, ending, operation === null ? [] : [operation])
    if (operation !== null) await dropOperation(unit, ending.record, operation)
  }
  await unit.removeConflict(id)
}

interface Reopening {
  serverConflictId?: number
  fields?: string[]
  reason?: ConflictReason
  by?: Author
  serverModifiedAt?: number
  error?: OperationErrorBody
}

/** Takes an unanswered or refused decision back: its operations return to their place and the conflict is open again. */
export const reopenConflict = async (
  unit: Unit,
  record: RecordState,
  id: number,
  change: Reopening,
): Promise<void> => {
  const conflict = await conflictById(unit, id)
  const { held = [], decision, error: _error, history: _history, ...rest } = conflict
  const seqs = held.map((operation) => operation.seq)
  record.open = record.open.flatMap((seq) => (seq === decision ? seqs : [seq]))
  if (decision !== undefined) await unit.removeOperation(decision)
  for (const operation of held) await unit.putOperation(operation)
  const { error, ...moved } = change
  const reason = change.reason ?? rest.reason
  await unit.putConflict({
    ...rest,
    ...moved,
    kind: conflictOf(rest.operation.type, reason),
    status: 'open',
    ...(error === undefined ? {} : { error }),
  })
}

type Side = 'server-wins' | 'client-wins'

/**
 * A person's or a policy's decision. It takes the place of the record's operations; where the server knows the conflict, or
 * the local side is kept, it is an operation like any other, judged against the row that was shown.
 */
export const decideConflict = async (
  unit: Unit,
  conflictId: number,
  side: Side,
  given?: JsonObject,
  decidedBy: DecidedBy = 'person',
): Promise<void> => {
  const before = await conflictById(unit, conflictId)
  if (given !== undefined) validateFields(entityTypeOf(unit.schema, before.entityType), given, true)
  const merged =
    given === undefined
      ? undefined
      : await resolveWritten(unit, entityTypeOf(unit.schema, before.entityType), given)
  const { id, record } = await recordOf(unit, before)
  if (before.status === 'deciding') {
    const queued = before.decision === undefined ? null : await unit.operation(before.decision)
    if (queued?.state === 'sent')
      throw new SyncError(
        'OPERATION_SENT',
        `the decision of conflict ${conflictId} was sent: wait for its verdict`,
        { path: 'id' },
      )
    await reopenConflict(unit, record, conflictId, {})
  }
  const conflict = await conflictById(unit, conflictId)
  const operations = await concerned(unit, record)
  const ending: Ending =
    merged === undefined
      ? { record, decidedBy, strategy: side }
      : { record, decidedBy, strategy: 'merge', mergedData: merged }
  const history = await writeHistory(unit, conflict, ending, operations)
  const decision = await decisionOf(unit, conflict, id, record, operations, side, merged)
  const replaced = new Set(operations.map((operation) => operation.seq))
  const place = record.open.findIndex((seq) => replaced.has(seq))
  const rest = record.open.filter((seq) => !replaced.has(seq))
  for (const operation of operations) await unit.removeOperation(operation.seq)
  if (decision === null) {
    record.open = rest
    await unit.removeConflict(conflictId)
    unit.touch(conflict.entityType, id)
    return
  }
  rest.splice(Math.max(0, place), 0, decision.seq)
  record.open = rest
  await unit.putOperation(decision)
  await unit.putConflict({
    ...conflict,
    status: 'deciding',
    held: operations,
    decision: decision.seq,
    history,
  })
}

const decisionOf = async (
  unit: Unit,
  conflict: ConflictRow,
  id: EntityId,
  record: RecordState,
  operations: StoredOperation[],
  side: Side,
  merged: JsonObject | undefined,
): Promise<StoredOperation | null> => {
  const { serverConflictId } = conflict
  const shown = record.gone ? null : record.base
  const decides = {
    conflict: conflict.id,
    ...(serverConflictId === undefined ? {} : { serverConflictId }),
    base: shown,
    baseVersion: record.version,
  }
  const make = (type: OperationType, data: JsonObject | undefined): StoredOperation =>
    newOperation(unit, type, conflict.entityType, id, {
      ...(data === undefined ? {} : { data }),
      own: type === 'update' ? groundOf(shown, data ?? {}) : (record.base ?? {}),
      decides,
      priority: Math.max(0, ...operations.map((operation) => operation.priority)),
    })
  if (side === 'server-wins' && merged === undefined)
    return serverConflictId === undefined ? null : make('update', {})
  if (merged === undefined && operations.at(-1)?.type === 'delete') return make('delete', undefined)
  const resolved: StoredOperation[] = []
  for (const operation of operations) resolved.push(await unit.resolved(operation))
  const wanted = merged === undefined ? fold(record.base, resolved) : withChanges(record.base, merged)
  if (record.gone) return make('create', wanted ?? {})
  const changes: JsonObject = {}
  for (const field of new Set([...Object.keys(wanted ?? {}), ...Object.keys(shown ?? {})]))
    if (!sameValue(own(wanted, field), own(shown, field))) changes[field] = own(wanted, field) ?? null
  if (Object.keys(changes).length === 0) return serverConflictId === undefined ? null : make('update', {})
  return make('update', changes)
}

const groundOf = (row: JsonObject | null, changes: JsonObject): JsonObject => {
  const ground: JsonObject = {}
  for (const field of Object.keys(changes)) ground[field] = own(row, field) ?? null
  return ground
}

/** What a type's policy decides without a person. Deletes and whatever is not declared stay for one. */
export const triageConflicts = async (unit: Unit): Promise<void> => {
  for (const conflict of await unit.allConflicts()) {
    const strategy = unit.schema.types[conflict.entityType]?.conflict.strategy ?? 'manual'
    if (conflict.status !== 'open' || conflict.error !== undefined) continue
    if (strategy === 'manual' || conflict.kind !== 'update-update') continue
    await decideConflict(unit, conflict.id, strategy, undefined, 'policy')
  }
}
