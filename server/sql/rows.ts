import type { JsonObject } from '../../src/protocol/json.ts'
import type { ConflictReason } from '../../src/protocol/messages.ts'
import type { Author, EditStamp, OperationType } from '../../src/protocol/operation.ts'
import type { Schema } from '../../src/protocol/schema.ts'
import type { ConflictRow, IndexRow, StoredResolution } from '../core/store.ts'
import type { Queryable } from './db.ts'
import { dataOf, type Table, toData, toId } from './registry.ts'

export const indexColumns = `_e.type, _e.id, _e.seq, _e.version, _e.gone,
  _e.edited_at, _e.edited_client, _e.edited_op, _e.edited_by, _e.edited_name, _e.edited_device`

export interface IndexLine extends Record<string, unknown> {
  type: string
  id: string
  seq: number
  version: number
  gone: boolean
  edited_at: number
  edited_client: string | null
  edited_op: string | null
  edited_by: string
  edited_name: string | null
  edited_device: string | null
}

const editOf = (line: IndexLine): EditStamp => ({
  at: line.edited_at,
  ...(line.edited_client === null ? {} : { clientId: line.edited_client }),
  ...(line.edited_op === null ? {} : { operationId: line.edited_op }),
})

const authorOf = (line: IndexLine): Author => ({
  userId: line.edited_by,
  ...(line.edited_name === null ? {} : { name: line.edited_name }),
  ...(line.edited_device === null ? {} : { device: line.edited_device }),
})

/** Lines of types that the schema no longer has are left out. */
export const toIndexRows = (schema: Schema, lines: readonly IndexLine[]): IndexRow[] =>
  lines.flatMap((line) => {
    const type = Object.hasOwn(schema.types, line.type) ? schema.types[line.type] : undefined
    if (type === undefined) return []
    const { seq, version, gone } = line
    return [
      {
        entityType: type.name,
        id: toId(type, line.id),
        seq,
        version,
        gone,
        edit: editOf(line),
        by: authorOf(line),
      },
    ]
  })

export const fromIndexRow = ({ entityType, id, seq, version, gone, edit, by }: IndexRow): JsonObject => ({
  type: entityType,
  id: String(id),
  seq,
  version,
  gone,
  edited_at: edit.at,
  edited_client: edit.clientId ?? null,
  edited_op: edit.operationId ?? null,
  edited_by: by.userId,
  edited_name: by.name ?? null,
  edited_device: by.device ?? null,
})

/** Rows of one table by the text of their ids. `for update` keeps other writers of the app away until the end. */
export const readData = async (
  tx: Queryable,
  tenantId: string,
  table: Table,
  ids: readonly (string | number)[],
  isLocking: boolean,
): Promise<Map<string, JsonObject>> => {
  const rows = await tx.query<{ id: string; data: JsonObject }>(
    `select _row.${table.id.sql}::text as id, ${dataOf(table)} as data from ${table.sql} as _row
     where _row.${table.tenant.sql} = $1::${table.tenant.type}
     and _row.${table.id.sql} in (select value::${table.id.type} from jsonb_array_elements_text($2::jsonb))
     ${isLocking ? 'for update of _row' : ''}`,
    [tenantId, JSON.stringify(ids)],
  )
  return new Map(rows.map(({ id, data }) => [id, toData(data)]))
}

/** Ids by type, for one statement each. */
export const idsByType = (
  refs: readonly { entityType: string; id: number | string }[],
): Map<string, (number | string)[]> => {
  const byType = new Map<string, (number | string)[]>()
  for (const { entityType, id } of refs) {
    const ids = byType.get(entityType)
    if (ids === undefined) byType.set(entityType, [id])
    else ids.push(id)
  }
  return byType
}

export const conflictColumns = `_c.conflict_id, _c.op_id, _c.op_type, _c.client_id, _c.user_id, _c.type, _c.entity_id, _c.reason,
  _c.fields, _c.base, _c.client, _c.server, _c.server_version, _c.server_by, _c.state, _c.resolution, _c.resolved_by,
  _c.created_seq, _c.resolved_seq`

export interface ConflictLine extends Record<string, unknown> {
  conflict_id: number
  op_id: string
  op_type: OperationType
  client_id: string
  user_id: string
  type: string
  entity_id: string
  reason: ConflictReason
  fields: string[]
  base: JsonObject | null
  client: JsonObject | null
  server: JsonObject | null
  server_version: number | null
  server_by: Author | null
  state: 'open' | 'resolved'
  resolution: StoredResolution | null
  resolved_by: string | null
  created_seq: number
  resolved_seq: number | null
}

export const toConflictRows = (schema: Schema, lines: readonly ConflictLine[]): ConflictRow[] =>
  lines.map((line) => {
    const type = Object.hasOwn(schema.types, line.type) ? schema.types[line.type] : undefined
    return {
      conflictId: line.conflict_id,
      operationId: line.op_id,
      operationType: line.op_type,
      clientId: line.client_id,
      userId: line.user_id,
      entityType: line.type,
      entityId: type === undefined ? line.entity_id : toId(type, line.entity_id),
      reason: line.reason,
      fields: line.fields,
      baseData: line.base,
      clientData: line.client,
      serverData: line.server,
      serverVersion: line.server_version,
      by: line.server_by,
      state: line.state,
      createdSeq: line.created_seq,
      resolvedSeq: line.resolved_seq,
      resolvedBy: line.resolved_by,
      resolution: line.resolution,
    }
  })

export const fromConflictRow = (row: ConflictRow): JsonObject => ({
  conflict_id: row.conflictId,
  op_id: row.operationId,
  op_type: row.operationType,
  client_id: row.clientId,
  user_id: row.userId,
  type: row.entityType,
  entity_id: String(row.entityId),
  reason: row.reason,
  fields: row.fields,
  base: row.baseData,
  client: row.clientData,
  server: row.serverData,
  server_version: row.serverVersion,
  server_by: row.by === null ? null : { ...row.by },
  state: row.state,
  resolution: row.resolution === null ? null : { ...row.resolution },
  resolved_by: row.resolvedBy,
  created_seq: row.createdSeq,
  resolved_seq: row.resolvedSeq,
})
