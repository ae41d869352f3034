import { referencesOf } from '../../src/core/references.ts'
import type { Schema } from '../../src/protocol/schema.ts'
import { keyOf } from './keys.ts'
import type { IndexRow, RecordRef, RecordWrite, StoredMapping } from './store.ts'
import { isLive, type WorkingRecord, type WorkingSet } from './working.ts'

const refOf = ({ entityType, id }: WorkingRecord): RecordRef => ({ entityType, id })

const written = (working: WorkingSet): WorkingRecord[] =>
  [...working.records.values()].filter((record) => record.steps.length > 0)

/** What the request changes in the app's tables, one entry a record. */
export const writesOf = (schema: Schema, working: WorkingSet): RecordWrite[] => {
  const records = written(working)
  const born = new Map<string, WorkingRecord>()
  const dead = new Map<string, RecordWrite>()
  const writes = records.map((record): RecordWrite => {
    const before = record.stored?.data ?? null
    const write = { ...refOf(record), before, after: record.data, steps: record.steps, needs: [] }
    if (before === null && record.data !== null) born.set(record.key, record)
    if (before !== null && record.data === null) dead.set(record.key, write)
    return write
  })
  for (const write of writes) {
    const type = schema.types[write.entityType]
    if (type === undefined) continue
    for (const { type: to, id } of referencesOf(type, write.after)) {
      const parent = born.get(keyOf(to, id))
      if (parent !== undefined) write.needs.push(refOf(parent))
    }
    // A delete waits for what lets go of it.
    for (const { type: to, id } of referencesOf(type, write.before)) {
      const parent = dead.get(keyOf(to, id))
      if (parent !== undefined && parent !== write)
        parent.needs.push({ entityType: write.entityType, id: write.id })
    }
  }
  return writes
}

export const indexOf = (working: WorkingSet): IndexRow[] =>
  written(working).map((record) => ({
    ...refOf(record),
    version: record.version as number,
    seq: record.seq as number,
    gone: !isLive(record),
    edit: record.edit as IndexRow['edit'],
    by: record.by as IndexRow['by'],
  }))

export const mappingsOf = (working: WorkingSet): StoredMapping[] =>
  [...working.created].map(([tempId, { entityType, id, seq }]) => ({
    tempId,
    entityType,
    id,
    seq: seq as number,
  }))
