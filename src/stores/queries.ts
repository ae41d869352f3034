/** What screens read. Nothing here writes. */
import { own, sameValue } from '../core/canonical.ts'
import type { ConflictRow, HistoryRow, StoredOperation } from '../core/model.ts'
import { isTempId } from '../core/temp-id.ts'
import type { StorageTransaction } from '../ports/storage.ts'
import type { EntityId, JsonObject, JsonValue } from '../protocol/json.ts'
import { isObject } from '../protocol/json.ts'
import type { Author, IdMapping } from '../protocol/operation.ts'
import type { RecordRow } from './codec.ts'
import { keys } from './keyspace.ts'

export interface ShownRecord {
  id: EntityId
  key: string
  entityType: string
  data: JsonObject
  version: number | null
  modifiedAt?: number
  by?: Author
  status: 'synced' | 'pending' | 'sending' | 'conflict' | 'rejected'
}

const toShown = (entityType: string, id: EntityId, row: RecordRow | undefined): ShownRecord | null => {
  if (row === undefined || row.data === null) return null
  return {
    id,
    key: row.key,
    entityType,
    data: row.data,
    version: row.version,
    ...(row.modifiedAt === undefined ? {} : { modifiedAt: row.modifiedAt }),
    ...(row.by === undefined ? {} : { by: row.by }),
    status: row.status ?? 'synced',
  }
}

export const resolveStoredId = async (transaction: StorageTransaction, id: EntityId): Promise<EntityId> => {
  if (!isTempId(id)) return id
  return ((await transaction.get(keys.mapping(id))) as IdMapping | undefined)?.realId ?? id
}

export const getRecord = async (
  transaction: StorageTransaction,
  entityType: string,
  given: EntityId,
): Promise<ShownRecord | undefined> => {
  const id = await resolveStoredId(transaction, given)
  const row = (await transaction.get(keys.entity(entityType, id))) as RecordRow | undefined
  return toShown(entityType, id, row) ?? undefined
}

export interface Query {
  where?: Record<string, JsonValue | readonly JsonValue[]>
  orderBy?: string
  limit?: number
  offset?: number
}

/** `address.city` inside nested objects. */
const valueAt = (record: ShownRecord, path: string): JsonValue | undefined => {
  if (path === 'id') return record.id
  let value: JsonValue | undefined = record.data
  for (const step of path.split('.')) value = isObject(value) ? own(value as JsonObject, step) : undefined
  return value
}

const compare = (a: JsonValue | undefined, b: JsonValue | undefined): number => {
  const isMissing = (value: JsonValue | undefined) => value === undefined || value === null
  if (isMissing(a) || isMissing(b)) return Number(isMissing(a)) - Number(isMissing(b))
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [String(a), String(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

const matches = (record: ShownRecord, where: NonNullable<Query['where']>): boolean =>
  Object.entries(where).every(([path, wanted]) => {
    const value = valueAt(record, path)
    return Array.isArray(wanted)
      ? wanted.some((one) => sameValue(value, one))
      : sameValue(value, wanted as JsonValue)
  })

export const listRecords = async (
  transaction: StorageTransaction,
  entityType: string,
  query: Query = {},
): Promise<ShownRecord[]> => {
  const where: NonNullable<Query['where']> = {}
  const resolve = async (wanted: JsonValue) =>
    typeof wanted === 'string' ? await resolveStoredId(transaction, wanted) : wanted
  for (const [path, wanted] of Object.entries(query.where ?? {}))
    where[path] = Array.isArray(wanted)
      ? await Promise.all(wanted.map(resolve))
      : await resolve(wanted as JsonValue)
  const found: ShownRecord[] = []
  for (const [key, row] of await transaction.list(keys.entitiesOf(entityType))) {
    const record = toShown(entityType, key[2] as EntityId, row as RecordRow)
    if (record !== null && matches(record, where)) found.push(record)
  }
  const { orderBy, offset = 0, limit } = query
  if (orderBy !== undefined) {
    const isDescending = orderBy.startsWith('-')
    const path = isDescending ? orderBy.slice(1) : orderBy
    found.sort((a, b) => (isDescending ? -1 : 1) * compare(valueAt(a, path), valueAt(b, path)))
  }
  return found.slice(offset, limit === undefined ? undefined : offset + limit)
}

export const listOperations = async (transaction: StorageTransaction): Promise<StoredOperation[]> =>
  (await transaction.list(keys.operations())).map(([, row]) => row as StoredOperation)

export interface ShownConflict {
  row: ConflictRow
  id: EntityId
  localData: JsonObject | null
  serverData: JsonObject | null
}

const toShownConflict = async (transaction: StorageTransaction, row: ConflictRow): Promise<ShownConflict> => {
  const id = await resolveStoredId(transaction, row.entityId)
  const record = (await transaction.get(keys.entity(row.entityType, id))) as RecordRow | undefined
  const serverData =
    record === undefined || record.gone === true
      ? null
      : ((record.open === undefined ? record.data : record.base) ?? null)
  return { row, id, localData: record?.data ?? null, serverData }
}

export const listConflicts = async (transaction: StorageTransaction): Promise<ShownConflict[]> => {
  const rows = (await transaction.list(keys.conflicts())).map(([, row]) => row as ConflictRow)
  return await Promise.all(rows.map((row) => toShownConflict(transaction, row)))
}

export const listHistory = async (transaction: StorageTransaction): Promise<HistoryRow[]> =>
  (await transaction.list(keys.histories())).map(([, row]) => row as HistoryRow)
