import { SyncError } from '../../src/protocol/errors.ts'
import type { EntityId, JsonObject } from '../../src/protocol/json.ts'
import type { EntityType, Schema } from '../../src/protocol/schema.ts'
import type { Queryable } from './db.ts'

/** Where an entity type lives: a table of the app, with `(tenant_id, id)` as its key. */
export interface TableConfig {
  /** `app.pet` */
  table: string
  /** Column of the tenant; `tenant_id` where it is missing. */
  tenant?: string
  /** Column of the id; `id` where it is missing. */
  id?: string
  /** Field → column, where the column is not the field's name in snake_case. */
  columns?: Readonly<Record<string, string>>
}

export interface Column {
  field: string
  name: string
  /** SQL of the column's default, `null` where it has none. */
  fallback: string | null
}

/** A table as the statements need it. Names are quoted, except in `name` of a column. */
export interface Table {
  type: EntityType
  sql: string
  tenant: { sql: string; type: string }
  id: { name: string; sql: string; type: string; sequence: string | null }
  columns: Column[]
  /** Constraint → field, where it is about one. */
  constraints: ReadonlyMap<string, string>
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** SQL of a text constant; only names of the schema and of the catalogue come here, never a caller's text. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

export const snakeCase = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()

const qualified = (table: string): string => table.split('.').map(quoted).join('.')

interface CatalogueColumn {
  type: string
  column: string
  sqlType: string
  fallback: string | null
  generated: string
  sequence: string | null
}

const readColumns = (db: Queryable, tables: string): Promise<(CatalogueColumn & Record<string, unknown>)[]> =>
  db.query(
    `select _t.type, _a.attname as column, format_type(_a.atttypid, _a.atttypmod) as "sqlType",
       pg_get_expr(_d.adbin, _d.adrelid) as fallback, _a.attgenerated::text as generated,
       pg_get_serial_sequence(_t.sql, _a.attname) as sequence
     from jsonb_to_recordset($1::jsonb) as _t(type text, sql text)
     join pg_attribute _a on _a.attrelid = to_regclass(_t.sql) and _a.attnum > 0 and not _a.attisdropped
     left join pg_attrdef _d on _d.adrelid = _a.attrelid and _d.adnum = _a.attnum`,
    [tables],
  )

const readConstraints = (db: Queryable, tables: string) =>
  db.query<{ type: string; name: string; columns: string[] }>(
    `select _t.type, _c.conname as name,
       (select jsonb_agg(_a.attname) from pg_attribute _a where _a.attrelid = _c.conrelid and _a.attnum = any(_c.conkey)) as columns
     from jsonb_to_recordset($1::jsonb) as _t(type text, sql text)
     join pg_constraint _c on _c.conrelid = to_regclass(_t.sql)`,
    [tables],
  )

const missing = (table: string, what: string): SyncError =>
  new SyncError('INVALID_SCHEMA', `table ${table}: ${what}`, { path: table })

/** Looks the registered tables up in the catalogue; throws with the name of what is missing. */
export const readTables = async (
  db: Queryable,
  schema: Schema,
  configs: Readonly<Record<string, TableConfig>>,
): Promise<Map<string, Table>> => {
  const tables = new Map<string, Table>()
  const named = Object.keys(schema.types).map((type) => {
    const config = Object.hasOwn(configs, type) ? configs[type] : undefined
    if (config === undefined) throw missing(type, 'no table is registered for this type')
    return { type, config, sql: qualified(config.table) }
  })
  const asked = JSON.stringify(named.map(({ type, sql }) => ({ type, sql })))
  const columns = await readColumns(db, asked)
  const constraints = await readConstraints(db, asked)
  for (const { type: name, config, sql } of named) {
    const type = schema.types[name] as EntityType
    const own = new Map(
      columns.filter((column) => column.type === name).map((column) => [column.column, column]),
    )
    if (own.size === 0) throw missing(config.table, 'there is no such table')
    const columnOf = (column: string): CatalogueColumn => {
      const found = own.get(column)
      if (found === undefined) throw missing(config.table, `there is no column ${column}`)
      return found
    }
    const tenant = columnOf(config.tenant ?? 'tenant_id')
    const id = columnOf(config.id ?? 'id')
    if (type.id === 'integer' && id.sequence === null)
      throw missing(
        config.table,
        `column ${id.column} needs an identity or a sequence of its own, to give ids from`,
      )
    const mapped = Object.keys(type.fields).map((field) => {
      const column = columnOf(config.columns?.[field] ?? snakeCase(field))
      if (column.generated !== '') throw missing(config.table, `column ${column.column} is generated`)
      return { field, name: column.column, fallback: column.fallback }
    })
    const fields = new Map(mapped.map((column) => [column.name, column.field]))
    const byConstraint = constraints
      .filter((constraint) => constraint.type === name)
      .flatMap(({ name: constraint, columns: involved }): [string, string][] => {
        const about = (involved ?? []).flatMap((column) => fields.get(column) ?? [])
        return about.length === 1 ? [[constraint, about[0] as string]] : []
      })
    tables.set(name, {
      type,
      sql,
      tenant: { sql: quoted(tenant.column), type: tenant.sqlType },
      id: { name: id.column, sql: quoted(id.column), type: id.sqlType, sequence: id.sequence },
      columns: mapped,
      constraints: new Map(byConstraint),
    })
  }
  return tables
}

export const toId = (type: EntityType, text: string): EntityId =>
  type.id === 'integer' ? Number(text) : text

/** A row as the wire carries it: a field without a value is left out. */
export const toData = (row: JsonObject): JsonObject => {
  const data: JsonObject = {}
  for (const [field, value] of Object.entries(row)) if (value !== null) data[field] = value
  return data
}

/** SQL of a row's fields as one JSON object; `_row` is the table. */
export const dataOf = (table: Table): string => {
  const fields = table.columns.map(({ name, field }) => `_row.${quoted(name)} as ${quoted(field)}`).join(', ')
  return fields === '' ? `'{}'::jsonb` : `(select to_jsonb(_fields) from (select ${fields}) as _fields)`
}
