import type { Schema } from '../../src/protocol/schema.ts'
import { keyOf, keyOfRef } from '../core/keys.ts'
import type { ReadTx, StoredRow } from '../core/store.ts'
import type { Queryable } from './db.ts'
import type { Table } from './registry.ts'
import {
  type ConflictLine,
  conflictColumns,
  type IndexLine,
  idsByType,
  indexColumns,
  readData,
  toConflictRows,
  toIndexRows,
} from './rows.ts'

/** One snapshot of a tenant: a page's index lines and their rows belong to the same moment. */
export const sqlReadTx = (
  tx: Queryable,
  tenantId: string,
  schema: Schema,
  tables: ReadonlyMap<string, Table>,
): ReadTx => ({
  feed: async () => {
    const [row] = await tx.query<{ epoch: string; seq: number | null; min_seq: number | null }>(
      `select _m.value as epoch, _t.seq, _t.min_seq from sync.meta _m
       left join sync.tenant _t on _t.tenant_id = $1 where _m.key = 'epoch'`,
      [tenantId],
    )
    return { epoch: row?.epoch ?? '', seq: row?.seq ?? 0, minSeq: row?.min_seq ?? 0 }
  },
  changes: async ({ types, after, tombstonesAfter, limit }) => {
    const lines = await tx.query<IndexLine>(
      `select ${indexColumns} from sync.entity _e where _e.tenant_id = $1 and _e.seq > $2
       and _e.type in (select value from jsonb_array_elements_text($3::jsonb)) and (not _e.gone or _e.seq > $4)
       order by _e.seq limit $5`,
      [tenantId, after, JSON.stringify(types), tombstonesAfter, limit],
    )
    const index = toIndexRows(schema, lines)
    const data = new Map<string, StoredRow['data']>()
    for (const [name, ids] of idsByType(index.filter(({ gone }) => !gone)))
      for (const [id, row] of await readData(tx, tenantId, tables.get(name) as Table, ids, false))
        data.set(keyOf(name, id), row)
    return index.map((row) => ({ ...row, data: data.get(keyOfRef(row)) ?? null }))
  },
  closedConflicts: async ({ userId, after, limit }) =>
    toConflictRows(
      schema,
      await tx.query<ConflictLine>(
        `select ${conflictColumns} from sync.conflict _c where _c.tenant_id = $1 and _c.user_id = $2
         and _c.resolved_seq > $3 order by _c.resolved_seq limit $4`,
        [tenantId, userId, after, limit],
      ),
    ),
  conflictList: async ({ userId, state, types, after, limit }) =>
    toConflictRows(
      schema,
      await tx.query<ConflictLine>(
        `select ${conflictColumns} from sync.conflict _c where _c.tenant_id = $1 and _c.user_id = $2 and _c.state = $3
         and _c.type in (select value from jsonb_array_elements_text($4::jsonb)) and _c.conflict_id > $5
         order by _c.conflict_id limit $6`,
        [tenantId, userId, state, JSON.stringify(types), after, limit],
      ),
    ),
})
