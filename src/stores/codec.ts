import type { RecordState } from '../core/model.ts'

/** A record as it lies on disk. Clean rows carry no second copy: without `open`, `data` is the server row. */
export interface RecordRow {
  key: string
  data: RecordState['data']
  version: number | null
  modifiedAt?: number
  edit?: RecordState['edit']
  by?: RecordState['by']
  run?: number
  base?: RecordState['base']
  gone?: true
  open?: number[]
  status?: RecordState['status']
}

interface Stamped {
  modifiedAt?: number
  edit?: RecordState['edit']
  by?: RecordState['by']
  run?: number
}

const copyStamps = (from: Stamped, to: Stamped): void => {
  if (from.modifiedAt !== undefined) to.modifiedAt = from.modifiedAt
  if (from.edit !== undefined) to.edit = from.edit
  if (from.by !== undefined) to.by = from.by
  if (from.run !== undefined) to.run = from.run
}

export const decodeRecord = (row: RecordRow): RecordState => {
  const { key, data, version, open = [], status = 'synced' } = row
  const base = row.open === undefined ? data : (row.base ?? null)
  const record: RecordState = { key, data, version, base, gone: row.gone === true, open, status }
  copyStamps(row, record)
  return record
}

export const encodeRecord = (record: RecordState): RecordRow => {
  const { key, data, version, base, gone, open, status } = record
  const row: RecordRow = { key, data, version }
  copyStamps(record, row)
  if (open.length === 0) return row
  Object.assign(row, { base, open, status })
  if (gone) row.gone = true
  return row
}
