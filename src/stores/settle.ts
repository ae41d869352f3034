/** The one step for every answer: the server's row becomes the base, the answered operation leaves or changes state. */
import { own, sameValue } from '../core/canonical.ts'
import { fold } from '../core/fold.ts'
import type { ConflictRow, RecordState, StoredOperation } from '../core/model.ts'
import { referencesOf } from '../core/references.ts'
import { isTempId } from '../core/temp-id.ts'
import { normaliseId } from '../core/validate.ts'
import { SyncError } from '../protocol/errors.ts'
import type { EntityId, JsonObject } from '../protocol/json.ts'
import type { OperationResult, UploadAnswer } from '../protocol/messages.ts'
import type { Author, EditStamp } from '../protocol/operation.ts'
import { entityTypeOf } from '../protocol/schema.ts'
import { closeConflict, conflictOf, reopenConflict } from './conflicts.ts'
import { decidedElsewhere, takeRefused } from './decided.ts'
import type { Unit } from './unit.ts'
import { dropOperation } from './writes.ts'

export interface Settled {
  applied: number
  conflicts: number
  rejected: number
}

/** A row as an answer or a page gave it; `data: null` is a tombstone. */
export interface ServerRow {
  data: JsonObject | null
  version: number
  modifiedAt?: number | null | undefined
  edit?: EditStamp | null | undefined
  by?: Author | null | undefined
}

/**
 * `base` becomes the server's row unless that is older. A tombstone keeps the data of the last live row. Author, stamp and
 * time are those of a version: what an answer on the known version leaves out stays, that of an older one goes.
 */
export const takeServerRow = (record: RecordState, row: ServerRow): void => {
  if (record.version !== null && row.version < record.version) return
  if (row.version !== record.version) {
    delete record.modifiedAt
    delete record.edit
    delete record.by
  }
  record.version = row.version
  record.gone = row.data === null
  if (row.data !== null) record.base = row.data
  if (typeof row.modifiedAt === 'number') record.modifiedAt = row.modifiedAt
  if (row.edit) record.edit = row.edit
  if (row.by) record.by = row.by
}

/** Settled rows belong to the present run once its first page is stored. */
const stampRun = (unit: Unit, record: RecordState): void => {
  const { run, isStored } = unit.state.sync
  if (isStored) record.run = run
}

/** A temp id got its server id: the record moves, what refers to it is applied again. */
export const adoptId = async (
  unit: Unit,
  entityType: string,
  tempId: string,
  realId: EntityId,
): Promise<void> => {
  if ((await unit.mapping(tempId)) !== null) return
  const referrers = await unit.referrers(entityType, tempId)
  const temporary = await unit.record(entityType, tempId)
  await unit.setMapping({
    tempId,
    realId,
    entityType,
    createdAt: Number(tempId.slice(5, 18)),
    syncedAt: unit.now,
  })
  if (temporary !== null) {
    const present = await unit.record(entityType, realId)
    const moved = present === null ? temporary : { ...present, open: [...present.open, ...temporary.open] }
    await unit.setRecord(entityType, tempId, null)
    await unit.setRecord(entityType, realId, moved)
  }
  for (const source of referrers) unit.touch(source.type, source.id)
}

/** A malformed answer acknowledges nothing: checked whole before the first change. */
const checkAnswer = (
  unit: Unit,
  operations: ReadonlyMap<string, StoredOperation>,
  answer: UploadAnswer,
): void => {
  for (const result of answer.results) {
    const operation = operations.get(result.id)
    if (operation === undefined) continue
    const refuse = (why: string): never => {
      throw new SyncError('MALFORMED_ANSWER', `the verdict on ${result.id} ${why}`)
    }
    const type = entityTypeOf(unit.schema, operation.entityType)
    for (const row of [result.data, result.conflict?.serverData])
      if (referencesOf(type, row).some((reference) => isTempId(reference.id)))
        refuse('carries a row with a temp id')
    if (!isAccepted(result)) continue
    const isNew = operation.type === 'create' && isTempId(operation.entityId)
    if (isNew) {
      const id = normaliseServerId(unit, operation.entityType, result.entityId)
      if (id === null) refuse('carries no server id')
      if (typeof result.version !== 'number') refuse('carries no version')
    }
    if (result.status === 'merged' && result.data === undefined) refuse('carries no row')
    if (operation.decides === undefined && typeof result.version !== 'number' && operation.type !== 'delete')
      refuse('carries no version')
  }
}

const normaliseServerId = (unit: Unit, entityType: string, id: unknown): EntityId | null => {
  try {
    const normal = normaliseId(entityTypeOf(unit.schema, entityType), id)
    return isTempId(normal) ? null : normal
  } catch {
    return null
  }
}

const isAccepted = (result: OperationResult): boolean =>
  result.status === 'applied' || result.status === 'merged'

/** Applies verdicts by operation id. What the answer does not mention stays sent. */
export const settleBatch = async (
  unit: Unit,
  seqs: readonly number[],
  answer: UploadAnswer,
): Promise<Settled> => {
  const sent = (await unit.operations(seqs)).filter((operation) => operation.state === 'sent')
  const byId = new Map(sent.map((operation) => [operation.id, operation]))
  checkAnswer(unit, byId, answer)
  const verdicts = answer.results.flatMap((result) => {
    const operation = byId.get(result.id)
    // One verdict each: a second mention of an id says nothing new.
    byId.delete(result.id)
    return operation === undefined ? [] : [{ result, operation }]
  })
  verdicts.sort((a, b) => a.operation.seq - b.operation.seq)
  for (const { result, operation } of verdicts)
    if (operation.type === 'create' && isTempId(operation.entityId) && isAccepted(result))
      await adoptId(
        unit,
        operation.entityType,
        operation.entityId,
        normaliseServerId(unit, operation.entityType, result.entityId) as EntityId,
      )
  const settled: Settled = { applied: 0, conflicts: 0, rejected: 0 }
  for (const { result, operation } of verdicts) {
    const id = await unit.resolveId(operation.entityId)
    const record = await unit.record(operation.entityType, id)
    if (record === null) await unit.removeOperation(operation.seq)
    else await settleOne(unit, record, operation, result, settled)
    unit.touch(operation.entityType, id)
  }
  unit.state.sync.count++
  unit.state.serverOffsetMs = Math.round(answer.serverTime - unit.now)
  unit.state.retry = null
  return settled
}

const settleOne = async (
  unit: Unit,
  record: RecordState,
  operation: StoredOperation,
  result: OperationResult,
  settled: Settled,
): Promise<void> => {
  switch (result.status) {
    case 'applied':
    case 'merged':
      await settleApplied(unit, record, operation, result)
      settled.applied++
      return
    case 'conflict':
      await settleConflict(unit, record, operation, result)
      settled.conflicts++
      return
    case 'rejected':
      if (await settleRejected(unit, record, operation, result)) settled.rejected++
  }
}

const settleApplied = async (
  unit: Unit,
  record: RecordState,
  operation: StoredOperation,
  result: OperationResult,
) => {
  const sent = await unit.resolved({ ...operation, state: 'sent' })
  const expected = fold(record.gone ? null : record.base, [sent])
  const data = result.data === undefined ? expected : result.data
  // A delete of what the server does not know either has no version to tell.
  const version = result.version ?? (operation.type === 'delete' ? (record.version ?? 0) : null)
  if (version !== null) {
    const isOlder = record.version !== null && version < record.version
    takeServerRow(record, {
      data,
      version,
      modifiedAt: result.modifiedAt,
      edit: { at: operation.editedAt, clientId: unit.state.clientId, operationId: operation.id },
    })
    // A merged row holds what others changed: that is for judging, not for following.
    if (!isOlder && result.status === 'applied') await followDefaults(unit, record, operation, expected, data)
    stampRun(unit, record)
  }
  if (operation.decides !== undefined) {
    await takeRefused(unit, record, operation)
    await closeConflict(unit, operation.decides.conflict)
  }
  await dropOperation(unit, record, operation)
}

/** A server default is not a colleague: what waits behind the operation takes it as its own ground. */
const followDefaults = async (
  unit: Unit,
  record: RecordState,
  operation: StoredOperation,
  expected: JsonObject | null,
  stored: JsonObject | null,
) => {
  if (expected === null || stored === null) return
  const fields = Object.keys({ ...expected, ...stored }).filter(
    (field) => !sameValue(own(expected, field), own(stored, field)),
  )
  if (fields.length === 0) return
  for (const waiting of await unit.operations(record.open)) {
    if (waiting.seq === operation.seq || waiting.own === undefined) continue
    const isWhole = waiting.type === 'delete'
    const followed: JsonObject = { ...waiting.own }
    for (const field of fields)
      if (isWhole || Object.hasOwn(waiting.own, field)) followed[field] = own(stored, field) ?? null
    await unit.putOperation({ ...waiting, own: followed })
  }
}

const settleConflict = async (
  unit: Unit,
  record: RecordState,
  operation: StoredOperation,
  result: OperationResult,
) => {
  const verdict = result.conflict as NonNullable<OperationResult['conflict']>
  const reason = verdict.reason ?? 'changed'
  const version = typeof verdict.serverVersion === 'number' ? verdict.serverVersion : (record.version ?? 0)
  takeServerRow(record, {
    data: reason === 'deleted' ? null : (verdict.serverData ?? record.base),
    version,
    modifiedAt: verdict.serverModifiedAt,
    edit: verdict.serverEdit,
    by: verdict.by,
  })
  stampRun(unit, record)
  const isClosed = verdict.state === 'resolved'
  if (operation.decides !== undefined) {
    if (isClosed) return await decidedElsewhere(unit, record, operation)
    // It disagreed again: the same conflict stays open, with the fresh server side.
    return await reopenConflict(unit, record, operation.decides.conflict, {
      serverConflictId: verdict.conflictId,
      fields: verdict.fields ?? [],
      reason,
      ...(verdict.by ? { by: verdict.by } : {}),
      ...(typeof verdict.serverModifiedAt === 'number' ? { serverModifiedAt: verdict.serverModifiedAt } : {}),
    })
  }
  const { id } = await openFor(unit, record, operation, result)
  // Closed elsewhere before this answer reached us: the server's row stands.
  if (isClosed) await closeConflict(unit, id, { record, decidedBy: 'server', strategy: 'closed-elsewhere' })
}

const openFor = async (
  unit: Unit,
  record: RecordState,
  operation: StoredOperation,
  result: OperationResult,
): Promise<ConflictRow> => {
  const verdict = result.conflict as NonNullable<OperationResult['conflict']>
  const { frozen: _frozen, ...rest } = operation
  const inConflict: StoredOperation = { ...rest, state: 'conflict' }
  await unit.putOperation(inConflict)
  return await unit.openConflict(
    inConflict,
    record,
    conflictOf(operation.type, verdict.reason),
    verdict.fields ?? [],
    {
      serverConflictId: verdict.conflictId,
      reason: verdict.reason ?? 'changed',
      ...(verdict.by ? { by: verdict.by } : {}),
      ...(typeof verdict.serverModifiedAt === 'number' ? { serverModifiedAt: verdict.serverModifiedAt } : {}),
    },
  )
}

/** Answers whether it counts as a refusal. */
const settleRejected = async (
  unit: Unit,
  record: RecordState,
  operation: StoredOperation,
  result: OperationResult,
): Promise<boolean> => {
  const error = result.error as NonNullable<OperationResult['error']>
  const { frozen: _frozen, ...rest } = operation
  if (error.code === 'DEPENDENCY_FAILED') {
    await unit.putOperation({ ...rest, state: 'unsent', id: unit.ids.uuid(unit.now) })
    return false
  }
  if (operation.decides !== undefined && error.code === 'ALREADY_RESOLVED') {
    const data = result.conflict?.serverData
    const version = result.conflict?.serverVersion
    if (data !== undefined && typeof version === 'number') takeServerRow(record, { data, version })
    await decidedElsewhere(unit, record, operation)
    return false
  }
  if (operation.decides !== undefined) {
    await reopenConflict(unit, record, operation.decides.conflict, { error })
    return true
  }
  await unit.putOperation({ ...rest, state: 'rejected', error })
  return true
}
