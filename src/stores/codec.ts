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

export const decodeRecord = (row: RecordRow): RecordState => {
  const { key, data, version, modifiedAt, edit, by, run } = row
  const isDirty = row.open !== undefined
  return {
    key,
    data,
    version,
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
    ...(edit === undefined ? {} : { edit }),
    ...(by === undefined ? {} : { by }),
    ...(run === undefined ? {} : { run }),
    base: isDirty ? (row.base ?? null) : data,
    gone: row.gone === true,
    open: row.open ?? [],
    status: row.status ?? 'synced',
  }
}

export const encodeRecord = (record: RecordState): RecordRow => {
  const { key, data, version, modifiedAt, edit, by, run, base, gone, open, status } = record
  const row: RecordRow = {
    key,
    data,
    version,
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
    ...(edit === undefined ? {} : { edit }),
    ...(by === undefined ? {} : { by }),
    ...(run === undefined ? {} : { run }),
  }
  if (open.length === 0) return row
  return { ...row, base, open, status, ...(gone ? { gone: true as const } : {}) }
}
