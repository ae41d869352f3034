import type { ReferenceRule } from '../../src/protocol/schema.ts'
import type { RecordRef } from '../core/store.ts'
import type { Queryable } from './db.ts'
import { literal, quoted, type Table, toId } from './registry.ts'
import { idsByType } from './rows.ts'

interface Hit extends Record<string, unknown> {
  path: string
  type: string
  id: string
}

/** `items[].petId` below its column: `$[*]."petId"`. */
const jsonPath = (rule: ReferenceRule): string =>
  rule.steps
    .slice(1)
    .reduce((path, step) => path + (step === '[]' ? '[*]' : step === '{}' ? '.*' : `."${step}"`), '$')

/** One rule's children of parents of one type; `$2` are the parents, `$3` the records left aside, each by type. */
const childrenOf = (table: Table, rule: ReferenceRule, parent: Table): string => {
  const column = table.columns.find(({ field }) => field === rule.steps[0])
  if (column === undefined) return ''
  const head = `select distinct ${literal(`${table.type.name}.${rule.path}`)} as path, ${literal(parent.type.name)} as type,`
  const own = `_row.${table.tenant.sql} = $1::${table.tenant.type} and not _row.${table.id.sql} in
      (select value::${table.id.type} from jsonb_array_elements_text($3::jsonb -> ${literal(table.type.name)}))`
  const parents = `$2::jsonb -> ${literal(parent.type.name)}`
  const value = `_row.${quoted(column.name)}`
  if (rule.steps.length === 1 && !rule.poly)
    return `${head} ${value}::text as id from ${table.sql} as _row where ${own}
      and ${value} in (select value::${parent.id.type} from jsonb_array_elements_text(${parents}))`
  // A reference inside a value: no index helps, all rows of the tenant are read.
  const found = rule.poly ? `_v.v -> 'id'` : '_v.v'
  const isOfType = rule.poly ? `and _v.v ->> 'type' = ${literal(parent.type.name)}` : ''
  return `${head} ${found} #>> '{}' as id from ${table.sql} as _row,
      jsonb_path_query(to_jsonb(${value}), ${literal(jsonPath(rule))}) as _v(v)
      where ${own} ${isOfType} and ${found} in (select value from jsonb_array_elements(${parents}))`
}

/** Live children of `parents`, by the path that refers to them. A row in an app's table is live. */
export const readChildren = async (
  tx: Queryable,
  tenantId: string,
  tables: ReadonlyMap<string, Table>,
  parents: readonly RecordRef[],
  touched: readonly RecordRef[],
): Promise<{ parent: RecordRef; path: string }[]> => {
  const wanted = idsByType(parents)
  const selects = [...tables.values()].flatMap((table) =>
    table.type.references.flatMap((rule) =>
      [...wanted.keys()]
        .filter((name) => rule.poly || rule.to === name)
        .map((name) => childrenOf(table, rule, tables.get(name) as Table)),
    ),
  )
  if (selects.length === 0) return []
  // Every type is there, so that `->` never answers null, which would make each `in` unknown.
  const aside = Object.fromEntries([...tables.keys()].map((name): [string, unknown[]] => [name, []]))
  for (const [name, ids] of idsByType(touched)) aside[name] = ids
  const hits = await tx.query<Hit>(selects.join('\nunion all\n'), [
    tenantId,
    JSON.stringify(Object.fromEntries(wanted)),
    JSON.stringify(aside),
  ])
  return hits.map(({ path, type, id }) => ({
    parent: { entityType: type, id: toId((tables.get(type) as Table).type, id) },
    path,
  }))
}
