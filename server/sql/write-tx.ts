import type { EntityId } from '../../src/protocol/json.ts'
import type { OperationResult } from '../../src/protocol/messages.ts'
import type { Schema } from '../../src/protocol/schema.ts'
import type { PlannedWrite } from '../core/identity.ts'
import { keyOf, keyOfRef } from '../core/keys.ts'
import type { TypeOrder } from '../core/order.ts'
import type { IndexRow, RecordRef, Saved, StoredRow, WriteTx } from '../core/store.ts'
import { readChildren } from './children.ts'
import type { Queryable } from './db.ts'
import { literal, type Table, toId } from './registry.ts'
import {
  type ConflictLine,
  conflictColumns,
  fromConflictRow,
  fromIndexRow,
  type IndexLine,
  idsByType,
  indexColumns,
  readData,
  toConflictRows,
  toIndexRows,
} from './rows.ts'
import { writeAll } from './writes.ts'

interface Parts {
  tx: Queryable
  tenantId: string
  schema: Schema
  tables: ReadonlyMap<string, Table>
  order: TypeOrder
  firstSeq: number
  beforeWrite: ((tx: Queryable, writes: readonly PlannedWrite[]) => Promise<void>) | null
}

const readIndex = async (
  { tx, tenantId, schema }: Parts,
  refs: readonly RecordRef[],
): Promise<IndexRow[]> => {
  const lines = await tx.query<IndexLine>(
    `select ${indexColumns} from jsonb_to_recordset($2::jsonb) as _k(type text, id text)
     join sync.entity _e on _e.tenant_id = $1 and _e.type = _k.type and _e.id = _k.id`,
    [tenantId, JSON.stringify(refs.map(({ entityType, id }) => ({ type: entityType, id: String(id) })))],
  )
  return toIndexRows(schema, lines)
}

const allocate = async (
  { tx, tables }: Parts,
  counts: ReadonlyMap<string, number>,
): Promise<Map<string, EntityId[]>> => {
  const selects = [...counts].map(([name, count]) => {
    const table = tables.get(name) as Table
    const next =
      table.type.id === 'integer' ? `nextval(${literal(table.id.sequence ?? '')})` : 'gen_random_uuid()'
    return `select ${literal(name)} as type, ${next}::text as id from generate_series(1, ${count})`
  })
  const rows = await tx.query<{ type: string; id: string }>(selects.join(' union all '))
  const ids = new Map<string, EntityId[]>([...counts.keys()].map((name) => [name, []]))
  for (const { type, id } of rows) ids.get(type)?.push(toId((tables.get(type) as Table).type, id))
  return ids
}

const readRows = async (parts: Parts, refs: readonly RecordRef[]): Promise<StoredRow[]> => {
  const index = await readIndex(parts, refs)
  const data = new Map<string, StoredRow['data']>()
  for (const [name, ids] of idsByType(index.filter(({ gone }) => !gone))) {
    const table = parts.tables.get(name) as Table
    for (const [id, row] of await readData(parts.tx, parts.tenantId, table, ids, true))
      data.set(keyOf(name, id), row)
  }
  return index.map((row) => ({ ...row, data: data.get(keyOfRef(row)) ?? null }))
}

const saveIndex = (tx: Queryable, tenantId: string, rows: readonly IndexRow[]) =>
  tx.query(
    `insert into sync.entity (tenant_id, type, id, seq, version, gone,
       edited_at, edited_client, edited_op, edited_by, edited_name, edited_device)
     select $1, ${indexColumns} from jsonb_to_recordset($2::jsonb) as _e(type text, id text, seq bigint, version int,
       gone boolean, edited_at bigint, edited_client text, edited_op text, edited_by text, edited_name text, edited_device text)
     on conflict (tenant_id, type, id, scope) do update set seq = excluded.seq, version = excluded.version,
       gone = excluded.gone, edited_at = excluded.edited_at, edited_client = excluded.edited_client,
       edited_op = excluded.edited_op, edited_by = excluded.edited_by, edited_name = excluded.edited_name,
       edited_device = excluded.edited_device`,
    [tenantId, JSON.stringify(rows.map(fromIndexRow))],
  )

const saveConflicts = (tx: Queryable, tenantId: string, saved: Saved) =>
  tx.query(
    `insert into sync.conflict as _old (tenant_id, conflict_id, op_id, op_type, client_id, user_id, type, entity_id, reason,
       fields, base, client, server, server_version, server_by, state, resolution, resolved_by, created_seq, resolved_seq)
     select $1, ${conflictColumns} from jsonb_to_recordset($2::jsonb) as _c(conflict_id bigint, op_id text, op_type text,
       client_id text, user_id text, type text, entity_id text, reason text, fields jsonb, base jsonb, client jsonb,
       server jsonb, server_version int, server_by jsonb, state text, resolution jsonb, resolved_by text,
       created_seq bigint, resolved_seq bigint)
     on conflict (tenant_id, conflict_id) do update set reason = excluded.reason, fields = excluded.fields,
       server = excluded.server, server_version = excluded.server_version, server_by = excluded.server_by,
       state = excluded.state, resolution = excluded.resolution, resolved_by = excluded.resolved_by,
       resolved_seq = excluded.resolved_seq`,
    [tenantId, JSON.stringify(saved.conflicts.map(fromConflictRow))],
  )

const save = async ({ tx, tenantId, firstSeq }: Parts, userId: string, saved: Saved): Promise<void> => {
  if (saved.index.length > 0) await saveIndex(tx, tenantId, saved.index)
  if (saved.mappings.length > 0)
    await tx.query(
      `insert into sync.id_map (tenant_id, temp_id, type, id, seq)
       select $1, _m."tempId", _m."entityType", _m.id, _m.seq
       from jsonb_to_recordset($2::jsonb) as _m("tempId" text, "entityType" text, id text, seq bigint)`,
      [tenantId, JSON.stringify(saved.mappings.map((mapping) => ({ ...mapping, id: String(mapping.id) })))],
    )
  if (saved.conflicts.length > 0) await saveConflicts(tx, tenantId, saved)
  if (saved.ledger.length > 0)
    await tx.query(
      `insert into sync.op (tenant_id, user_id, op_id, client_id, body_hash, verdict, seq)
       select $1, $2, _o.id, _o.client, _o.hash, _o.verdict, $4
       from jsonb_to_recordset($3::jsonb) as _o(id text, client text, hash text, verdict text)`,
      [
        tenantId,
        userId,
        JSON.stringify(
          saved.ledger.map(({ operationId, clientId, hash, verdict }) => ({
            id: operationId,
            client: clientId,
            hash,
            verdict: JSON.stringify(verdict),
          })),
        ),
        firstSeq,
      ],
    )
}

/** A tenant's transaction as the decisions see it. Its counter row is locked already. */
export const sqlWriteTx = (parts: Parts): WriteTx => {
  const { tx, tenantId, schema, tables, order, beforeWrite } = parts
  return {
    firstSeq: parts.firstSeq,
    ledger: async (userId, operationIds) => {
      const rows = await tx.query<{ op_id: string; client_id: string; body_hash: string; verdict: string }>(
        `select op_id, client_id, body_hash, verdict from sync.op where tenant_id = $1 and user_id = $2
         and op_id in (select value from jsonb_array_elements_text($3::jsonb))`,
        [tenantId, userId, JSON.stringify(operationIds)],
      )
      return rows.map((row) => ({
        operationId: row.op_id,
        clientId: row.client_id,
        hash: row.body_hash,
        verdict: JSON.parse(row.verdict) as OperationResult,
      }))
    },
    mappings: async (tempIds) => {
      const rows = await tx.query<{ temp_id: string; type: string; id: string; seq: number }>(
        `select temp_id, type, id, seq from sync.id_map where tenant_id = $1
         and temp_id in (select value from jsonb_array_elements_text($2::jsonb)) order by temp_id`,
        [tenantId, JSON.stringify(tempIds)],
      )
      return rows.flatMap((row) => {
        const type = Object.hasOwn(schema.types, row.type) ? schema.types[row.type] : undefined
        return type === undefined
          ? []
          : [{ tempId: row.temp_id, entityType: row.type, id: toId(type, row.id), seq: row.seq }]
      })
    },
    allocate: (counts) => allocate(parts, counts),
    rows: (refs) => readRows(parts, refs),
    index: (refs) => readIndex(parts, refs),
    children: (parents, touched) => readChildren(tx, tenantId, tables, parents, touched),
    conflicts: async (ids) =>
      toConflictRows(
        schema,
        await tx.query<ConflictLine>(
          `select ${conflictColumns} from sync.conflict _c where _c.tenant_id = $1
           and _c.conflict_id in (select value::bigint from jsonb_array_elements_text($2::jsonb)) order by _c.conflict_id`,
          [tenantId, JSON.stringify(ids)],
        ),
      ),
    allocateConflicts: async (count) => {
      const rows = await tx.query<{ id: number }>(
        `select nextval(pg_get_serial_sequence('sync.conflict', 'conflict_id')) as id from generate_series(1, ${count})`,
      )
      return rows.map(({ id }) => id)
    },
    write: (writes) => writeAll({ tx, tenantId, tables, order, beforeWrite }, writes),
    save: (userId, saved) => save(parts, userId, saved),
  }
}
