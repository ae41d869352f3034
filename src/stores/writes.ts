/** The write path of an app: create, update, delete, each inside one transaction with the record it changes. */
import { own, sameValue } from '../core/canonical.ts'
import { withChanges } from '../core/merge.ts'
import type { RecordState, StoredOperation } from '../core/model.ts'
import type { Target } from '../core/order.ts'
import { referencesOf } from '../core/references.ts'
import { nextTempId, parseTempId } from '../core/temp-id.ts'
import { validateFields } from '../core/validate.ts'
import { SyncError } from '../protocol/errors.ts'
import type { EntityId, JsonObject } from '../protocol/json.ts'
import type { OperationType } from '../protocol/operation.ts'
import type { EntityType } from '../protocol/schema.ts'
import { entityTypeOf } from '../protocol/schema.ts'
import { nameOf } from './keyspace.ts'
import type { Unit } from './unit.ts'

const pick = (row: JsonObject | null, fields: readonly string[]): JsonObject => {
  const picked: JsonObject = {}
  for (const field of fields) picked[field] = own(row, field) ?? null
  return picked
}

export const newOperation = (
  unit: Unit,
  type: OperationType,
  entityType: string,
  entityId: EntityId,
  content: Pick<StoredOperation, 'data' | 'own' | 'decides'> & { priority?: number },
): StoredOperation => ({
  seq: unit.nextSeq(),
  id: unit.ids.uuid(unit.now),
  type,
  entityType,
  entityId,
  ...(content.data === undefined ? {} : { data: content.data }),
  ...(content.own === undefined ? {} : { own: content.own }),
  ...(content.decides === undefined ? {} : { decides: content.decides }),
  state: 'unsent',
  priority: content.priority ?? 0,
  enqueuedAt: unit.now,
  editedAt: unit.now + unit.state.serverOffsetMs,
})

/** Refuses references to temp ids that nobody can ever map: neither known here nor resolved. */
export const resolveWritten = async (unit: Unit, type: EntityType, data: JsonObject): Promise<JsonObject> => {
  const resolved = await unit.resolveReferences(type, data)
  for (const reference of referencesOf(type, resolved)) {
    const parsed = parseTempId(reference.id)
    if (parsed === null) continue
    const target =
      parsed.entityType === reference.type ? await unit.shown(reference.type, reference.id) : null
    if (target === null || target.data === null)
      throw new SyncError(
        'UNKNOWN_TEMP_ID',
        `${reference.path}: no ${reference.type} of this device has the id ${reference.id}`,
        {
          path: reference.path,
        },
      )
  }
  return resolved
}

export const createRecord = async (
  unit: Unit,
  type: EntityType,
  input: JsonObject,
  priority = 0,
): Promise<{ id: EntityId }> => {
  validateFields(type, input, false)
  const data = withChanges(null, await resolveWritten(unit, type, input))
  const { id, clock } = nextTempId(type.name, unit.state.tempId, unit.now, (length) =>
    unit.ids.randomBase36(length),
  )
  unit.state.tempId = clock
  const operation = newOperation(unit, 'create', type.name, id, { data, priority })
  await unit.setRecord(type.name, id, {
    key: id,
    data,
    base: null,
    gone: false,
    version: null,
    open: [operation.seq],
    status: 'pending',
  })
  await unit.putOperation(operation)
  return { id }
}

const shownRecord = async (
  unit: Unit,
  type: EntityType,
  given: EntityId,
): Promise<{ id: EntityId; record: RecordState }> => {
  const id = await unit.resolveId(given)
  const record = await unit.shown(type.name, id)
  if (record === null || record.data === null)
    throw new SyncError('NOT_FOUND', `this device shows no ${type.name} ${given}`, { path: 'id' })
  return { id, record }
}

/** A refused operation that gets another try: its id is spent, so it takes a new one. */
const revive = (unit: Unit, operation: StoredOperation): StoredOperation => {
  const { error: _error, frozen: _frozen, ...rest } = operation
  return {
    ...rest,
    id: unit.ids.uuid(unit.now),
    state: 'unsent',
    editedAt: unit.now + unit.state.serverOffsetMs,
  }
}

export const updateRecord = async (
  unit: Unit,
  type: EntityType,
  given: EntityId,
  input: JsonObject,
  priority = 0,
): Promise<{ id: EntityId }> => {
  const { id, record } = await shownRecord(unit, type, given)
  validateFields(type, input, true)
  const resolved = await resolveWritten(unit, type, input)
  const changed = Object.keys(resolved).filter(
    (field) => !sameValue(own(record.data, field), own(resolved, field)),
  )
  if (changed.length === 0) return { id }
  const refusedCreate = (await unit.operations(record.open)).find(
    (operation) => operation.type === 'create' && operation.state === 'rejected',
  )
  if (refusedCreate !== undefined) await unit.putOperation(revive(unit, refusedCreate))
  await appendOperation(
    unit,
    record,
    newOperation(unit, 'update', type.name, id, {
      data: pick(resolved, changed),
      own: pick(record.data, changed),
      priority,
    }),
  )
  return { id }
}

/** Behind what is open on the record; the rule of a record makes one of what belongs together. */
export const appendOperation = async (
  unit: Unit,
  record: RecordState,
  operation: StoredOperation,
): Promise<void> => {
  record.open.push(operation.seq)
  await unit.putOperation(operation)
}

/** Takes an operation out of its record's list and off the disk. */
export const dropOperation = async (
  unit: Unit,
  record: RecordState,
  operation: StoredOperation,
): Promise<void> => {
  record.open = record.open.filter((seq) => seq !== operation.seq)
  await unit.removeOperation(operation.seq)
}

/** Records that refer to a temp id in what is not shown of them: a decision that waits, operations that it stands for. */
const referrersInOperations = async (unit: Unit, type: EntityType, id: EntityId): Promise<Target[]> => {
  const held = (await unit.allConflicts()).flatMap((conflict) => conflict.held ?? [])
  const found: Target[] = []
  for (const raw of [...(await unit.allOperations()), ...held]) {
    const operation = await unit.resolved(raw)
    const refers = referencesOf(entityTypeOf(unit.schema, operation.entityType), operation.data)
    if (refers.some((reference) => reference.type === type.name && reference.id === id))
      found.push({ type: operation.entityType, id: operation.entityId })
  }
  return found
}

/** `vanishes`: the record never was on the server, so that an operation that refers to it could never be sent. */
const refuseWithChildren = async (
  unit: Unit,
  type: EntityType,
  id: EntityId,
  vanishes: boolean,
): Promise<void> => {
  await unit.applyTouched()
  const children = new Map<string, { entityType: string; id: EntityId }>()
  const sources = await unit.referrers(type.name, id)
  const others = parseTempId(id) === null ? [] : await referrersInOperations(unit, type, id)
  for (const source of [...sources, ...others]) {
    if (source.type === type.name && source.id === id) continue
    const child = await unit.shown(source.type, source.id)
    if (child !== null && (child.data !== null || vanishes))
      children.set(nameOf(source.type, source.id), { entityType: source.type, id: source.id })
  }
  if (children.size === 0) return
  const ids = [...children.values()]
  const names = ids.map((child) => `${child.entityType} ${child.id}`).join(', ')
  throw new SyncError('HAS_CHILDREN', `${type.name} ${id} is referred to by ${names}`, { path: 'id', ids })
}

export const deleteRecord = async (
  unit: Unit,
  type: EntityType,
  given: EntityId,
  priority = 0,
): Promise<void> => {
  const { id, record } = await shownRecord(unit, type, given)
  const operations = await unit.operations(record.open)
  const create = operations.find(
    (operation) => operation.type === 'create' && operation.decides === undefined,
  )
  await refuseWithChildren(unit, type, id, create !== undefined && create.state !== 'sent')
  if (create?.state === 'conflict') {
    // A create that stands in a conflict of this device never was on the server: nothing is left, nor to decide.
    for (const operation of operations) await dropOperation(unit, record, operation)
    for (const conflict of await unit.allConflicts())
      if (conflict.operation.seq === create.seq) await unit.removeConflict(conflict.id)
    return
  }
  await appendOperation(
    unit,
    record,
    newOperation(unit, 'delete', type.name, id, { own: record.data as JsonObject, priority }),
  )
}

/** Gives up an unsent or refused operation. */
export const discardOperation = async (unit: Unit, seq: number): Promise<void> => {
  const { operation, record, type, id } = await settledOperation(unit, seq)
  if (operation.type === 'create' && operation.decides === undefined) {
    await refuseWithChildren(unit, type, id, true)
    for (const other of await unit.operations(record.open)) await dropOperation(unit, record, other)
    return
  }
  await dropOperation(unit, record, operation)
}

/** A refused operation again, under a new id, behind what is open on its record. */
export const retryOperation = async (unit: Unit, seq: number): Promise<void> => {
  const { operation, record } = await settledOperation(unit, seq)
  if (operation.state !== 'rejected') return
  record.open = [...record.open.filter((other) => other !== seq), seq]
  await unit.putOperation(revive(unit, operation))
}

const settledOperation = async (unit: Unit, seq: number) => {
  const operation = await unit.operation(seq)
  if (operation === null)
    throw new SyncError('UNKNOWN_OPERATION', `no operation ${seq} is open on this device`, { path: 'seq' })
  if (operation.state === 'sent')
    throw new SyncError('OPERATION_SENT', `operation ${seq} was sent: wait for its verdict`, { path: 'seq' })
  if (operation.state === 'conflict' || operation.decides !== undefined)
    throw new SyncError('UNKNOWN_OPERATION', `operation ${seq} is decided in its conflict`, { path: 'seq' })
  const id = await unit.resolveId(operation.entityId)
  const type = unit.schema.types[operation.entityType] as EntityType
  const record = (await unit.record(operation.entityType, id)) as RecordState
  return { operation, record, type, id }
}
