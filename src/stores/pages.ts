/** The one step for every page: rows and cursor in one transaction, written only at the sync count it was asked at. */
import * as v from 'valibot'
import type { RecordState } from '../core/model.ts'
import { referencesOf } from '../core/references.ts'
import { isTempId } from '../core/temp-id.ts'
import { normaliseId } from '../core/validate.ts'
import { SyncError } from '../protocol/errors.ts'
import type { EntityId } from '../protocol/json.ts'
import { isObject } from '../protocol/json.ts'
import type { DownloadAnswer } from '../protocol/messages.ts'
import { entityTypeOf } from '../protocol/schema.ts'
import { closedConflictSchema, deletionSchema, entityRowSchema } from '../protocol/validators.ts'
import { closeConflict } from './conflicts.ts'
import { decidedElsewhere } from './decided.ts'
import { nameOf } from './keyspace.ts'
import { takeServerRow } from './settle.ts'
import type { Unit } from './unit.ts'

export interface PageAsked {
  cursor: string | null
  /** `sync.count` when it was asked. */
  count: number
}

export interface PageApplied {
  applied: number
  hasMore: boolean
  /** Something was sent or written meanwhile: nothing was stored, ask again. */
  isStale: boolean
}

const idOf = (unit: Unit, entityType: string, id: unknown): EntityId | null => {
  const type = Object.hasOwn(unit.schema.types, entityType) ? unit.schema.types[entityType] : undefined
  if (type === undefined) return null
  try {
    const normal = normaliseId(type, id)
    return isTempId(normal) ? null : normal
  } catch {
    return null
  }
}

/** Rows of the server that this code could not read: kept, not skipped, as it may be able to after an upgrade. */
class Quarantine {
  readonly #unit: Unit
  readonly #names: Set<string>

  private constructor(unit: Unit, names: Set<string>) {
    this.#unit = unit
    this.#names = names
  }

  static async of(unit: Unit): Promise<Quarantine> {
    return new Quarantine(unit, new Set((await unit.quarantined()).map(({ type, id }) => nameOf(type, id))))
  }

  put(row: unknown): void {
    if (!isObject(row)) return
    const { entityType, id: given } = row
    if (typeof entityType !== 'string' || entityType === '') return
    if (typeof given === 'string' ? given === '' : !Number.isSafeInteger(given)) return
    const id = idOf(this.#unit, entityType, given) ?? (given as EntityId)
    this.#unit.putQuarantine(entityType, id, row)
    this.#names.add(nameOf(entityType, id))
  }

  /** A newer state of the row could be read, or needs no reading. */
  release(entityType: string, id: EntityId): void {
    if (this.#names.delete(nameOf(entityType, id))) this.#unit.removeQuarantine(entityType, id)
  }
}

const applyEntity = async (unit: Unit, quarantine: Quarantine, row: unknown): Promise<boolean> => {
  const parsed = v.safeParse(entityRowSchema, row)
  const id = parsed.success ? idOf(unit, parsed.output.entityType, parsed.output.id) : null
  if (!parsed.success || id === null) {
    quarantine.put(row)
    return false
  }
  const { entityType, version, modifiedAt, edit, by, data } = parsed.output
  if (referencesOf(entityTypeOf(unit.schema, entityType), data).some((reference) => isTempId(reference.id))) {
    quarantine.put(row)
    return false
  }
  quarantine.release(entityType, id)
  const present = await unit.record(entityType, id)
  const record: RecordState = present ?? {
    key: `${entityType}:${id}`,
    data: null,
    base: null,
    gone: false,
    version: null,
    open: [],
    status: 'synced',
  }
  takeServerRow(record, { data, version, modifiedAt, edit: edit as never, by: by as never })
  record.run = unit.state.sync.run
  await unit.setRecord(entityType, id, record)
  return true
}

const applyDeletion = async (unit: Unit, quarantine: Quarantine, row: unknown): Promise<boolean> => {
  const parsed = v.safeParse(deletionSchema, row)
  if (!parsed.success) {
    quarantine.put(row)
    return false
  }
  const { entityType, version, deletedAt, by, reason } = parsed.output
  const id = idOf(unit, entityType, parsed.output.id)
  quarantine.release(entityType, id ?? parsed.output.id)
  const record = id === null ? null : await unit.record(entityType, id)
  if (id === null || record === null) return false
  if (reason === 'hidden') {
    // A row of an older run: gone at once where it is clean, else when the last open operation has its verdict.
    record.run = 0
    unit.touch(entityType, id)
    if (record.open.length === 0) await unit.setRecord(entityType, id, null)
    return true
  }
  takeServerRow(record, { data: null, version, modifiedAt: deletedAt, by: by as never })
  record.run = unit.state.sync.run
  unit.touch(entityType, id)
  return true
}

/** Somebody closed it: its operations go to the journal, a decision of it that waits is treated as decided elsewhere. */
const applyClosed = async (unit: Unit, row: unknown): Promise<void> => {
  const parsed = v.safeParse(closedConflictSchema, row)
  if (!parsed.success) return
  const conflict = (await unit.allConflicts()).find(
    (other) => other.serverConflictId === parsed.output.conflictId,
  )
  if (conflict === undefined) return
  const id = await unit.resolveId(conflict.entityId)
  const record = await unit.record(conflict.entityType, id)
  if (record === null) return await unit.removeConflict(conflict.id)
  unit.touch(conflict.entityType, id)
  const decision = conflict.decision === undefined ? null : await unit.operation(conflict.decision)
  if (decision === null)
    await closeConflict(unit, conflict.id, { record, decidedBy: 'server', strategy: 'closed-elsewhere' })
  else await decidedElsewhere(unit, record, decision)
}

/** After a complete run: clean rows that it did not bring are not on the server any more. */
const sweep = async (unit: Unit): Promise<void> => {
  for (const type of Object.keys(unit.schema.types))
    for (const id of await unit.recordIdsOf(type)) {
      const record = await unit.record(type, id)
      if (record !== null && record.open.length === 0 && (record.run ?? 0) < unit.state.sync.run)
        await unit.setRecord(type, id, null)
    }
}

/** The next run starts from null; the outbox stays. */
export const startRun = (unit: Unit): void => {
  const { sync } = unit.state
  Object.assign(sync, {
    cursor: null,
    run: sync.run + 1,
    isStored: false,
    isComplete: false,
    count: sync.count + 1,
  })
}

export const applyPage = async (
  unit: Unit,
  asked: PageAsked,
  answer: DownloadAnswer,
): Promise<PageApplied> => {
  const { sync, counts } = unit.state
  if (sync.count !== asked.count) return { applied: 0, hasMore: true, isStale: true }
  // Asked again at once the same would come: as a fault it waits.
  const isStuck =
    answer.reset === undefined ? answer.hasMore && answer.cursor === asked.cursor : asked.cursor === null
  if (isStuck) throw new SyncError('MALFORMED_ANSWER', 'the download does not get on')
  if (answer.reset !== undefined) {
    startRun(unit)
    return { applied: 0, hasMore: true, isStale: false }
  }
  if (counts.sent > 0) return { applied: 0, hasMore: true, isStale: true }
  let applied = 0
  const quarantine = await Quarantine.of(unit)
  for (const row of answer.entities) if (await applyEntity(unit, quarantine, row)) applied++
  for (const row of answer.deletions) if (await applyDeletion(unit, quarantine, row)) applied++
  for (const row of answer.closedConflicts) await applyClosed(unit, row)
  const isRunEnd = !answer.hasMore && !sync.isComplete
  sync.isStored = true
  if (isRunEnd) {
    await sweep(unit)
    sync.isComplete = true
  }
  // An idle poll that brought nothing writes nothing.
  if (applied > 0 || isRunEnd || sync.cursor !== answer.cursor) {
    sync.cursor = answer.cursor ?? sync.cursor
    sync.count++
  }
  return { applied, hasMore: answer.hasMore, isStale: false }
}
