import { differingFields } from '../../src/core/merge.ts'
import type { EntityId, JsonObject } from '../../src/protocol/json.ts'
import type { OperationErrorBody } from '../../src/protocol/messages.ts'
import type { PlannedWrite } from '../core/identity.ts'
import { keyOf, keyOfRef } from '../core/keys.ts'
import { levelsOf, type TypeOrder } from '../core/order.ts'
import type { RecordWrite, WriteOutcome } from '../core/store.ts'
import type { Queryable } from './db.ts'
import { dataOf, literal, quoted, type Table, toData, toId } from './registry.ts'
import { isDataError, refusalOf } from './sqlstate.ts'

interface WriteContext {
  tx: Queryable
  tenantId: string
  tables: ReadonlyMap<string, Table>
  order: TypeOrder
  beforeWrite: ((tx: Queryable, writes: readonly PlannedWrite[]) => Promise<void>) | null
}

type Kind = PlannedWrite['kind']

/** `null`: made and deleted in one request, the table never sees it. */
const kindOf = ({ before, after }: Pick<RecordWrite, 'before' | 'after'>): Kind | null => {
  if (before === null) return after === null ? null : 'insert'
  return after === null ? 'delete' : 'update'
}

const kinds: readonly Kind[] = ['insert', 'update', 'delete']

/** Parents are inserted first and deleted last; references move in between. */
export const inWriteOrder = (writes: readonly RecordWrite[], order: TypeOrder): RecordWrite[] =>
  kinds.flatMap((kind) => {
    const some = writes.filter((write) => kindOf(write) === kind)
    const levels = levelsOf(some)
    const levelOf = (write: RecordWrite) => levels.get(keyOfRef(write)) ?? 0
    const rankOf = (write: RecordWrite) => order.rank(write.entityType) * (kind === 'delete' ? -1 : 1)
    return some.sort((a, b) => {
      const byLevel = levelOf(a) - levelOf(b)
      const byRank = rankOf(a) - rankOf(b)
      return order.isCyclic ? byLevel || byRank : byRank || byLevel
    })
  })

const insert = (context: WriteContext, table: Table, writes: readonly RecordWrite[]): Promise<Returned[]> => {
  const columns = table.columns.map(({ name }) => quoted(name))
  const values = table.columns.map(({ name, fallback }) =>
    fallback === null ? `_new.${quoted(name)}` : `coalesce(_new.${quoted(name)}, ${fallback})`,
  )
  const rows = writes.map((write) =>
    rowOf(
      table,
      write,
      table.columns.map(({ field }) => field),
    ),
  )
  return context.tx.query<Returned>(
    `insert into ${table.sql} as _row (${[table.tenant.sql, table.id.sql, ...columns].join(', ')}) overriding system value
     select ${[`$1::${table.tenant.type}`, `_new.${table.id.sql}`, ...values].join(', ')}
     from jsonb_populate_recordset(null::${table.sql}, $2::jsonb) as _new
     returning _row.${table.id.sql}::text as id, ${dataOf(table)} as data`,
    [context.tenantId, JSON.stringify(rows)],
  )
}

const update = (context: WriteContext, table: Table, writes: readonly RecordWrite[]): Promise<Returned[]> => {
  const changed = writes.map((write) => ({ write, fields: differingFields(write.before, write.after) }))
  const fields = new Set(changed.flatMap((entry) => entry.fields))
  const columns = table.columns.filter(({ field }) => fields.has(field))
  if (columns.length === 0) return Promise.resolve([])
  const sets = columns.map(
    ({ name }) =>
      `${quoted(name)} = case when jsonb_exists(_set.d, ${literal(name)}) then _new.${quoted(name)} else _row.${quoted(name)} end`,
  )
  return context.tx.query<Returned>(
    `update ${table.sql} as _row set ${sets.join(', ')}
     from jsonb_array_elements($2::jsonb) as _set(d), jsonb_populate_record(null::${table.sql}, _set.d) as _new
     where _row.${table.tenant.sql} = $1::${table.tenant.type} and _row.${table.id.sql} = _new.${table.id.sql}
     returning _row.${table.id.sql}::text as id, ${dataOf(table)} as data`,
    [context.tenantId, JSON.stringify(changed.map((entry) => rowOf(table, entry.write, entry.fields)))],
  )
}

const remove = (context: WriteContext, table: Table, writes: readonly RecordWrite[]): Promise<Returned[]> =>
  context.tx.query<Returned>(
    `delete from ${table.sql} as _row where _row.${table.tenant.sql} = $1::${table.tenant.type}
     and _row.${table.id.sql} in (select value::${table.id.type} from jsonb_array_elements_text($2::jsonb))
     returning _row.${table.id.sql}::text as id, null::jsonb as data`,
    [context.tenantId, JSON.stringify(writes.map(({ id }) => id))],
  )

interface Returned extends Record<string, unknown> {
  id: string
  data: JsonObject | null
}

/** Columns by name, as `jsonb_populate_record` reads them; `null` where a field has no value. */
const rowOf = (table: Table, write: RecordWrite, fields: readonly string[]): JsonObject => {
  const row: JsonObject = { [table.id.name]: write.id as EntityId }
  const wanted = new Set(fields)
  for (const { field, name } of table.columns)
    if (wanted.has(field))
      row[name] =
        (write.after !== null && Object.hasOwn(write.after, field) ? write.after[field] : null) ?? null
  return row
}

const statements = { insert, update, delete: remove }

/** Writes in the order given, one statement for each run of equal kind and type. */
const applyAll = async (
  context: WriteContext,
  writes: readonly RecordWrite[],
): Promise<Map<string, JsonObject>> => {
  const stored = new Map<string, JsonObject>()
  const planned = writes.map(
    (write): PlannedWrite => ({
      kind: kindOf(write) ?? 'update',
      entityType: write.entityType,
      id: write.id,
      data: write.after,
      before: write.before,
    }),
  )
  await context.beforeWrite?.(context.tx, planned)
  for (let from = 0; from < writes.length; ) {
    const first = writes[from] as RecordWrite
    const kind = kindOf(first) as Kind
    let to = from + 1
    for (
      let next = writes[to];
      next?.entityType === first.entityType && kindOf(next) === kind;
      next = writes[to]
    )
      to++
    const table = context.tables.get(first.entityType) as Table
    for (const { id, data } of await statements[kind](context, table, writes.slice(from, to)))
      if (data !== null) stored.set(keyOf(first.entityType, toId(table.type, id)), toData(data))
    from = to
  }
  return stored
}

const savepoint = async <T>(
  tx: Queryable,
  work: () => Promise<T>,
): Promise<{ value: T } | { error: unknown }> => {
  await tx.exec('savepoint synchart')
  try {
    const value = await work()
    // An app's deferred constraints speak now, while it can still be told which operation they mean.
    await tx.exec('set constraints all immediate; release savepoint synchart')
    return { value }
  } catch (error) {
    if (!isDataError(error)) throw error
    await tx.exec('rollback to savepoint synchart; release savepoint synchart')
    return { error }
  }
}

/** Each state of a record that several operations of the request wrote, so that the culprit is one of them. */
const stepsOf = (write: RecordWrite): { operation: number; write: RecordWrite }[] =>
  write.steps.map(({ operation, data }, index) => ({
    operation,
    write: {
      ...write,
      before: index === 0 ? write.before : (write.steps[index - 1]?.data ?? null),
      after: data,
    },
  }))

/** Finds what the database refuses: smaller and smaller parts, in order, so that what comes later stands on what went through. */
const bisect = async (
  context: WriteContext,
  ordered: readonly RecordWrite[],
): Promise<Map<number, OperationErrorBody>> => {
  const refused = new Map<number, OperationErrorBody>()
  const poisoned = new Set<string>()
  const fieldOf = (entityType: string) => (error: { constraint?: string; column?: string }) => {
    const table = context.tables.get(entityType)
    if (error.constraint !== undefined) return table?.constraints.get(error.constraint)
    return table?.columns.find(({ name }) => name === error.column)?.field
  }
  const blame = (write: RecordWrite, operation: number, error: unknown) => {
    if (isDataError(error)) refused.set(operation, refusalOf(error, fieldOf(write.entityType)))
    poisoned.add(keyOfRef(write))
  }
  const tryOne = async (write: RecordWrite) => {
    for (const step of stepsOf(write)) {
      if (kindOf(step.write) === null) continue
      const outcome = await savepoint(context.tx, () => applyAll(context, [step.write]))
      if ('error' in outcome) return blame(write, step.operation, outcome.error)
    }
  }
  const visit = async (writes: readonly RecordWrite[]): Promise<void> => {
    const ready: RecordWrite[] = []
    for (const write of writes) {
      // What stands on something refused is judged again without it.
      if (write.needs.some((need) => poisoned.has(keyOfRef(need)))) poisoned.add(keyOfRef(write))
      else ready.push(write)
    }
    const [only] = ready
    if (only === undefined) return
    if (ready.length === 1) return tryOne(only)
    const outcome = await savepoint(context.tx, () => applyAll(context, ready))
    if ('value' in outcome) return
    const parts = split(ready)
    if (parts.length === 1) {
      for (const write of ready)
        blame(write, (write.steps.at(-1) as { operation: number }).operation, outcome.error)
      return
    }
    for (const part of parts) await visit(part)
  }
  await visit(ordered)
  return refused
}

/** Fewer steps than halving where much is refused, and hardly more where little is. */
const PARTS = 4

/** Parts in order, none of which needs a record of a later one; one part where all need each other. */
const split = (writes: readonly RecordWrite[]): RecordWrite[][] => {
  const places = new Map(writes.map((write, index) => [keyOfRef(write), index]))
  const size = writes.length / PARTS
  const parts: RecordWrite[][] = []
  let part: RecordWrite[] = []
  let reach = 0
  for (const [index, write] of writes.entries()) {
    if (part.length >= size && reach < index) {
      parts.push(part)
      part = []
    }
    part.push(write)
    for (const need of write.needs) reach = Math.max(reach, places.get(keyOfRef(need)) ?? 0)
  }
  return [...parts, part]
}

/** All or nothing: where one operation is refused nothing stays written, and the caller judges again. */
export const writeAll = async (
  context: WriteContext,
  writes: readonly RecordWrite[],
): Promise<WriteOutcome> => {
  const ordered = inWriteOrder(writes, context.order)
  const all = await savepoint(context.tx, () => applyAll(context, ordered))
  if ('value' in all) return { stored: all.value, refused: new Map() }
  await context.tx.exec('savepoint synchart_search')
  const refused = await bisect(context, ordered)
  await context.tx.exec('rollback to savepoint synchart_search; release savepoint synchart_search')
  if (refused.size === 0) throw all.error
  return { stored: new Map(), refused }
}
