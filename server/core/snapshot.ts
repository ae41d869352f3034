import { referencesOf } from '../../src/core/references.ts'
import { isTempId } from '../../src/core/temp-id.ts'
import type { EntityId } from '../../src/protocol/json.ts'
import type { SyncOperation } from '../../src/protocol/operation.ts'
import type { EntityType, Schema } from '../../src/protocol/schema.ts'
import { newTempId, resolveId, type TempIds } from './ids.ts'
import { keyOf, keyOfRef } from './keys.ts'
import type { Item } from './pass.ts'
import type { RecordRef, WriteTx } from './store.ts'
import { byKey, type Snapshot } from './working.ts'

export interface Judgeable {
  index: number
  operation: SyncOperation
}

const typeOf = (schema: Schema, name: string): EntityType | null =>
  (Object.hasOwn(schema.types, name) ? schema.types[name] : undefined) ?? null

const distinct = (refs: readonly RecordRef[]): RecordRef[] => [...byKey(refs).values()]

/** Ids for the creates that need a new record: one for each temp id, however many operations name it. */
const reserve = async (
  tx: WriteTx,
  items: readonly { operation: SyncOperation; type: EntityType }[],
  mapped: TempIds['mapped'],
): Promise<Map<string, EntityId>> => {
  const wanted = new Map<string, Set<string>>()
  for (const { operation, type } of items) {
    const tempId = operation.type === 'create' ? newTempId(type, operation.entityId) : null
    if (tempId === null || mapped.has(tempId)) continue
    const ofType = wanted.get(type.name) ?? new Set<string>()
    wanted.set(type.name, ofType.add(tempId))
  }
  const reserved = new Map<string, EntityId>()
  if (wanted.size === 0) return reserved
  const ids = await tx.allocate(new Map([...wanted].map(([name, tempIds]) => [name, tempIds.size])))
  for (const [name, tempIds] of wanted) {
    const pool = ids.get(name) ?? []
    for (const [index, tempId] of [...tempIds].entries()) reserved.set(tempId, pool[index] as EntityId)
  }
  return reserved
}

/** Temp ids that a set of operations names, as its target or as a reference. */
const tempIdsOf = (items: readonly { operation: SyncOperation; type: EntityType }[]): string[] => {
  const found = new Set<string>()
  for (const { operation, type } of items) {
    if (isTempId(operation.entityId)) found.add(operation.entityId)
    for (const { id } of referencesOf(type, operation.data)) if (isTempId(id)) found.add(id)
  }
  return [...found]
}

/** Reads all that the operations are judged on: a fixed number of calls, whatever their number. */
export const loadSnapshot = async (
  tx: WriteTx,
  schema: Schema,
  judgeable: readonly Judgeable[],
): Promise<{ snapshot: Snapshot; items: Item[] }> => {
  const typed = judgeable.flatMap((entry) => {
    const type = typeOf(schema, entry.operation.entityType)
    return type === null ? [] : [{ ...entry, type }]
  })
  const tempIds = tempIdsOf(typed)
  const mappings = tempIds.length === 0 ? [] : await tx.mappings(tempIds)
  const mapped = new Map(mappings.map((mapping) => [mapping.tempId, mapping]))
  const reserved = await reserve(tx, typed, mapped)
  const ids: TempIds = { mapped, reserved }
  const targets: RecordRef[] = []
  const referred: RecordRef[] = []
  const removals: RecordRef[] = []
  const items = typed.map((entry): Item => {
    const { index, operation, type } = entry
    const target = resolveId(type, operation.entityId, 'entityId', ids, () => true)
    for (const reference of referencesOf(type, operation.data)) {
      const to = typeOf(schema, reference.type)
      const found = to === null ? null : resolveId(to, reference.id, '', ids, () => false)
      if (found?.kind === 'real') referred.push({ entityType: reference.type, id: found.id })
    }
    // What names no record is a record of its own, so that it orders nothing else.
    if (target.kind === 'invalid') return { ...entry, key: `${type.name}:?${index}` }
    if (target.kind === 'unmapped') return { ...entry, key: keyOf(type.name, target.tempId) }
    const ref = { entityType: type.name, id: target.id }
    targets.push(ref)
    if (operation.type === 'delete') removals.push(ref)
    return { ...entry, key: keyOfRef(ref) }
  })
  const conflictIds = [...new Set(typed.flatMap(({ operation }) => operation.conflictId ?? []))]
  const touched = distinct(targets)
  const rows = touched.length === 0 ? [] : await tx.rows(touched)
  const index = referred.length === 0 ? [] : await tx.index(distinct(referred))
  const hits = removals.length === 0 ? [] : await tx.children(distinct(removals), touched)
  const conflicts = conflictIds.length === 0 ? [] : await tx.conflicts(conflictIds)
  const children = new Map<string, Set<string>>()
  for (const { parent, path } of hits) {
    const key = keyOfRef(parent)
    children.set(key, (children.get(key) ?? new Set<string>()).add(path))
  }
  const snapshot: Snapshot = {
    rows: byKey(rows),
    referred: byKey(index),
    mapped,
    reserved,
    children,
    conflicts: new Map(conflicts.map((conflict) => [conflict.conflictId, conflict])),
    firstSeq: tx.firstSeq,
  }
  return { snapshot, items }
}
