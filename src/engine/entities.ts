import { sameValue } from '../core/canonical.ts'
import { plainCopy } from '../core/plain.ts'
import { mapReferences } from '../core/references.ts'
import { normaliseId } from '../core/validate.ts'
import type { EntityId, JsonObject, JsonValue } from '../protocol/json.ts'
import type { EntityType, Schema, SchemaDefinition } from '../protocol/schema.ts'
import { entityTypeOf } from '../protocol/schema.ts'
import { getRecord, listRecords } from '../stores/queries.ts'
import type { Store } from '../stores/store.ts'
import { createRecord, deleteRecord, updateRecord } from '../stores/writes.ts'
import type { LiveQueries } from './live.ts'
import type { Entities, EntityQuery, EntityRecord, WriteOptions } from './types.ts'

/** Records keep their identity from one result to the next while nothing of them changed: React skips them. */
const keepUnchanged = (before: readonly EntityRecord[], now: EntityRecord[]): EntityRecord[] => {
  const known = new Map(before.map((record) => [record.key, record]))
  return now.map((record) => {
    const old = known.get(record.key)
    return old !== undefined && sameValue(old as unknown as JsonValue, record as unknown as JsonValue)
      ? old
      : record
  })
}

const isSameList = (a: readonly EntityRecord[], b: readonly EntityRecord[]): boolean =>
  a.length === b.length && a.every((record, index) => record === b[index])

/** References as the stores keep them: `'42'` is 42 where the target's ids are integers. */
const normaliseReferences = (schema: Schema, type: EntityType, data: JsonObject): JsonObject =>
  mapReferences(type, data, (reference) =>
    normaliseId(entityTypeOf(schema, reference.type), reference.id, reference.path),
  )

export const createEntities = <D extends SchemaDefinition>(
  schema: Schema<D>,
  ready: () => Promise<Store>,
  live: LiveQueries,
): Entities<D> => {
  const typed = (name: string) => entityTypeOf(schema, name)
  const content = (type: EntityType, data: unknown): JsonObject =>
    normaliseReferences(schema, type, plainCopy(data))

  const get = async (type: EntityType, id: EntityId): Promise<EntityRecord | undefined> =>
    await (await ready()).read((transaction) => getRecord(transaction, type.name, normaliseId(type, id)))

  const list = async (type: EntityType, query: EntityQuery | undefined): Promise<EntityRecord[]> =>
    await (await ready()).read((transaction) =>
      listRecords(transaction, type.name, normaliseQuery(type, query)),
    )

  const normaliseQuery = (type: EntityType, query: EntityQuery | undefined): EntityQuery => {
    if (query?.where === undefined) return query ?? {}
    const where: NonNullable<EntityQuery['where']> = {}
    for (const [path, wanted] of Object.entries(query.where)) {
      const rule = type.references.find((reference) => reference.path === path && reference.to !== null)
      const target = path === 'id' ? type : rule === undefined ? null : typed(rule.to as string)
      const normal = (value: JsonValue): JsonValue =>
        target === null || value === null ? value : normaliseId(target, value, path)
      where[path] = Array.isArray(wanted) ? wanted.map(normal) : normal(wanted as JsonValue)
    }
    return { ...query, where }
  }

  const entities = {
    create: async (name: string, data: unknown, options: WriteOptions = {}) => {
      const type = typed(name)
      const input = content(type, data)
      return await (await ready()).write(
        'strict',
        (unit) => createRecord(unit, type, input, options.priority),
        (transaction, { id }) => getRecord(transaction, type.name, id),
      )
    },
    update: async (name: string, id: EntityId, changes: unknown, options: WriteOptions = {}) => {
      const type = typed(name)
      const input = content(type, changes)
      const given = normaliseId(type, id)
      return await (await ready()).write(
        'strict',
        (unit) => updateRecord(unit, type, given, input, options.priority),
        (transaction, { id: written }) => getRecord(transaction, type.name, written),
      )
    },
    delete: async (name: string, id: EntityId, options: WriteOptions = {}) => {
      const type = typed(name)
      const given = normaliseId(type, id)
      await (await ready()).write('strict', (unit) => deleteRecord(unit, type, given, options.priority))
    },
    get: async (name: string, id: EntityId) => await get(typed(name), id),
    list: async (name: string, query?: EntityQuery) => await list(typed(name), query),
    subscribe: (
      name: string,
      query: EntityQuery | undefined,
      listener: (records: EntityRecord[]) => void,
    ) => {
      const type = typed(name)
      let last: EntityRecord[] = []
      const read = async () => keepUnchanged(last, await list(type, query))
      return live.watch([`entity:${name}`], read, isSameList, (records) => {
        last = records
        listener(records)
      })
    },
  }
  // The facade's types follow from the schema; inside, every type is read from it.
  return entities as unknown as Entities<D>
}
