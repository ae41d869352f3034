import { sameValue } from '../../src/core/canonical.ts'
import { fold, statusOf } from '../../src/core/fold.ts'
import { judge } from '../../src/core/judge.ts'
import type { ConflictRow, RecordState, StoredOperation } from '../../src/core/model.ts'
import { mapReferences, referencesOf } from '../../src/core/references.ts'
import { isTempId } from '../../src/core/temp-id.ts'
import type { StorageKey } from '../../src/ports/storage.ts'
import type { EntityId, JsonObject, JsonValue } from '../../src/protocol/json.ts'
import type { IdMapping } from '../../src/protocol/operation.ts'
import type { EntityType, Schema } from '../../src/protocol/schema.ts'
import type { RecordRow } from '../../src/stores/codec.ts'
import { decodeRecord } from '../../src/stores/codec.ts'
import type { StoreState } from '../../src/stores/store-state.ts'

export type Dump = readonly (readonly [StorageKey, unknown])[]

interface Parts {
  schema: Schema
  records: { type: EntityType; id: EntityId; record: RecordState }[]
  operations: Map<number, StoredOperation>
  conflicts: ConflictRow[]
  mappings: Map<string, EntityId>
  references: Set<string>
  state: StoreState
}

const take = (schema: Schema, dump: Dump): Parts => {
  const parts: Parts = {
    schema,
    records: [],
    operations: new Map(),
    conflicts: [],
    mappings: new Map(),
    references: new Set(),
    state: null as unknown as StoreState,
  }
  for (const [key, value] of dump) {
    const [kind, first, second] = key
    if (kind === 'entity')
      parts.records.push({
        type: schema.types[first as string] as EntityType,
        id: second as EntityId,
        record: decodeRecord(value as RecordRow),
      })
    if (kind === 'op') parts.operations.set(first as number, value as StoredOperation)
    if (kind === 'conflict') parts.conflicts.push(value as ConflictRow)
    if (kind === 'id') parts.mappings.set(first as string, (value as IdMapping).realId)
    if (kind === 'ref') parts.references.add(JSON.stringify(key.slice(1)))
    if (kind === 'meta' && first === 'state') parts.state = value as StoreState
  }
  return parts
}

const resolver = ({ schema, mappings }: Parts) => {
  const id = (given: EntityId): EntityId =>
    typeof given === 'string' ? (mappings.get(given) ?? given) : given
  const data = (type: EntityType, row: JsonObject): JsonObject =>
    referencesOf(type, row).some((reference) => id(reference.id) !== reference.id)
      ? mapReferences(type, row, (reference) => id(reference.id))
      : row
  const operation = (raw: StoredOperation): StoredOperation => {
    const type = schema.types[raw.entityType] as EntityType
    return {
      ...raw,
      entityId: id(raw.entityId),
      ...(raw.data === undefined ? {} : { data: data(type, raw.data) }),
      ...(raw.own === undefined ? {} : { own: data(type, raw.own) }),
    }
  }
  return { id, data, operation }
}

const equal = (a: unknown, b: unknown): boolean => sameValue(a as JsonValue, b as JsonValue)

/** The rule of a record, and what a list of open operations may look like. */
const recordProblems = (parts: Parts, { type, id, record }: Parts['records'][number]): string[] => {
  const problems: string[] = []
  const say = (what: string) => problems.push(`${type.name} ${id}: ${what}`)
  const resolve = resolver(parts)
  const operations = record.open.map((seq) => parts.operations.get(seq))
  if (operations.includes(undefined)) say(`open names operations that are not there: ${record.open}`)
  const open = operations.filter((operation) => operation !== undefined).map(resolve.operation)
  // What is not shown has no reference keys: it follows when it is read.
  if (record.data !== null && record.base !== null && !equal(resolve.data(type, record.base), record.base))
    say('base holds an old temp id')
  const base = record.base === null ? null : resolve.data(type, record.base)
  const applied = fold(base, open, record.gone)
  if (!equal(applied === null ? null : resolve.data(type, applied), record.data))
    say(`data ${JSON.stringify(record.data)} is not base with open applied ${JSON.stringify(applied)}`)
  if (open.length === 0) {
    if (record.data === null || record.gone) say('no row and nothing open: no reason to be here')
    if (record.version === null || isTempId(id)) say('clean, but unknown to the server')
  }
  if (parts.mappings.has(String(id))) say('lies under a temp id that has a server id')
  if (record.base === null && !open.some((operation) => operation.type === 'create'))
    say('neither a row nor a create')
  if (record.status !== statusOf(open)) say(`status ${record.status} is not that of its operations`)
  const number = (test: (operation: StoredOperation) => boolean) => open.filter(test).length
  if (number((operation) => operation.state === 'sent') > 1) say('two operations sent')
  if (number((operation) => operation.state === 'unsent' && operation.decides === undefined) > 1)
    say('two edits unsent')
  if (number((operation) => operation.decides !== undefined) > 1) say('two decisions')
  if (number((operation) => operation.state === 'conflict') > 1) say('two operations in conflict')
  open.forEach((operation, index) => {
    if (operation.entityType !== type.name || operation.entityId !== id)
      say(`operation ${operation.seq} is not of this record`)
    if (operation.state !== 'rejected' || operation.type === 'create') return
    for (const later of open.slice(index + 1)) {
      if (later.state === 'rejected' || later.decides !== undefined) continue
      if (later.type === 'delete') say(`refused ${operation.seq} stays beside a later delete`)
      const shared = Object.keys(operation.data ?? {}).filter((field) =>
        Object.hasOwn(later.data ?? {}, field),
      )
      if (shared.length > 0) say(`refused ${operation.seq} and later ${later.seq} both carry ${shared}`)
    }
  })
  if (
    open.some((operation) => operation.type === 'create' && operation.state === 'rejected') &&
    open.length > 1
  )
    say('something waits beside a refused create')
  const judgement = judge(base, record.gone, open)
  if (judgement !== null) say(`${judgement.kind} on ${judgement.fields} was not seen`)
  for (const reference of referencesOf(type, record.data))
    if (isTempId(reference.id) && !parts.records.some((other) => other.id === reference.id))
      say(`${reference.path} refers to ${reference.id}, which nobody will ever give an id`)
  return problems
}

const operationProblems = (parts: Parts): string[] => {
  const problems: string[] = []
  const listed = new Map<number, number>()
  for (const { record } of parts.records)
    for (const seq of record.open) listed.set(seq, (listed.get(seq) ?? 0) + 1)
  for (const [seq, operation] of parts.operations) {
    const say = (what: string) => problems.push(`operation ${seq}: ${what}`)
    if (operation.seq !== seq) say('lies under another number')
    if (listed.get(seq) !== 1) say(`is in ${listed.get(seq) ?? 0} lists`)
    if ((operation.state === 'sent') !== (operation.frozen !== undefined))
      say(`${operation.state}, frozen or not`)
    if (operation.frozen !== undefined && operation.frozen.body.id !== operation.id)
      say('was frozen under another id')
    if ((operation.state === 'rejected') !== (operation.error !== undefined))
      say(`${operation.state}, error or not`)
    const inConflict = parts.conflicts.filter(
      (row) => row.status === 'open' && row.operation.seq === seq,
    ).length
    if (inConflict !== (operation.state === 'conflict' ? 1 : 0))
      say(`${operation.state}, in ${inConflict} conflicts`)
    if (operation.decides === undefined) continue
    const decided = parts.conflicts.find((row) => row.id === operation.decides?.conflict)
    if (decided?.status !== 'deciding' || decided.decision !== seq)
      say('decides a conflict that does not know it')
  }
  return problems
}

const conflictProblems = (parts: Parts): string[] => {
  const problems: string[] = []
  for (const row of parts.conflicts) {
    const say = (what: string) => problems.push(`conflict ${row.id}: ${what}`)
    const { held = [] } = row
    if (row.status === 'open') {
      if (parts.operations.get(row.operation.seq)?.state !== 'conflict') say('open without its operation')
      if (row.held !== undefined || row.decision !== undefined || row.history !== undefined)
        say('open, but decided')
    } else {
      if (parts.operations.get(row.decision ?? -1)?.decides?.conflict !== row.id) say('decided by nothing')
      if (!held.some((operation) => operation.seq === row.operation.seq)) say('its operation is not held')
      for (const operation of held)
        if (parts.operations.has(operation.seq)) say(`holds ${operation.seq}, which is open`)
    }
  }
  return problems
}

/** Whatever must be true of a store after every step; an empty list where all of it is. */
export const storeProblems = (schema: Schema, dump: Dump): string[] => {
  const parts = take(schema, dump)
  const { state, mappings } = parts
  const problems = parts.records.flatMap((entry) => recordProblems(parts, entry))
  problems.push(...operationProblems(parts), ...conflictProblems(parts))
  const counts = { unsent: 0, sent: 0, conflict: 0, rejected: 0 }
  for (const operation of parts.operations.values()) counts[operation.state]++
  if (!equal(counts, state.counts))
    problems.push(`counts ${JSON.stringify(state.counts)}, rows ${JSON.stringify(counts)}`)
  const open = parts.conflicts.filter((row) => row.status === 'open').length
  if (open !== state.openConflicts) problems.push(`openConflicts ${state.openConflicts}, rows ${open}`)
  const wanted = new Set<string>()
  for (const { type, id, record } of parts.records)
    for (const reference of referencesOf(type, record.data)) {
      if (mappings.has(String(reference.id)))
        problems.push(`${type.name} ${id} shows the old id ${reference.id}`)
      wanted.add(JSON.stringify([reference.type, reference.id, type.name, id, reference.path]))
    }
  for (const key of wanted) if (!parts.references.has(key)) problems.push(`reference key missing: ${key}`)
  for (const key of parts.references) if (!wanted.has(key)) problems.push(`reference key of nothing: ${key}`)
  const names = parts.records.map(({ record }) => record.key)
  if (new Set(names).size !== names.length) problems.push('two records share a key')
  const last = Math.max(0, ...parts.operations.keys())
  if (last >= state.next.operation) problems.push(`operation ${last} is not yet numbered`)
  return problems
}

export const checkStore = (schema: Schema, dump: Dump): void => {
  const problems = storeProblems(schema, dump)
  if (problems.length > 0) throw new Error(`the store is broken:\n- ${problems.join('\n- ')}`)
}
