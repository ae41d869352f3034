/** Ids inside one transaction: what is mapped, and data with every declared reference as it is mapped now. */
import type { StoredOperation } from '../core/model.ts'
import { mapReferences, referencesOf } from '../core/references.ts'
import { parseTempId } from '../core/temp-id.ts'
import type { StorageTransaction } from '../ports/storage.ts'
import type { EntityId, JsonObject } from '../protocol/json.ts'
import type { IdMapping } from '../protocol/operation.ts'
import type { EntityType, Schema } from '../protocol/schema.ts'
import { entityTypeOf } from '../protocol/schema.ts'
import { keys } from './keyspace.ts'
import { Slots } from './slots.ts'

export class ResolvedIds {
  readonly schema: Schema
  protected readonly mappings: Slots<string, IdMapping>

  constructor(transaction: StorageTransaction, schema: Schema) {
    this.schema = schema
    this.mappings = new Slots(
      async (tempId) => ((await transaction.get(keys.mapping(tempId))) as IdMapping) ?? null,
    )
  }

  async mapping(tempId: string): Promise<IdMapping | null> {
    return await this.mappings.get(tempId)
  }

  async setMapping(mapping: IdMapping): Promise<void> {
    await this.mappings.set(mapping.tempId, mapping)
  }

  async resolveId(id: EntityId): Promise<EntityId> {
    if (parseTempId(id) === null) return id
    return (await this.mapping(id as string))?.realId ?? id
  }

  async resolveReferences(type: EntityType, data: JsonObject): Promise<JsonObject> {
    const temporary = referencesOf(type, data).filter((reference) => parseTempId(reference.id) !== null)
    if (temporary.length === 0) return data
    const real = new Map<EntityId, EntityId>()
    for (const { id } of temporary) real.set(id, await this.resolveId(id))
    return mapReferences(type, data, (reference) => real.get(reference.id) ?? reference.id)
  }

  /** The operation with its id and its declared references resolved, as far as they are mapped now. */
  async resolved(operation: StoredOperation): Promise<StoredOperation> {
    const { data, own, decides } = operation
    const type = entityTypeOf(this.schema, operation.entityType)
    const base = decides?.base ?? null
    return {
      ...operation,
      entityId: await this.resolveId(operation.entityId),
      ...(data === undefined ? {} : { data: await this.resolveReferences(type, data) }),
      ...(own === undefined ? {} : { own: await this.resolveReferences(type, own) }),
      ...(decides === undefined || base === null
        ? {}
        : { decides: { ...decides, base: await this.resolveReferences(type, base) } }),
    }
  }
}
