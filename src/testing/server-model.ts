import type { RecordWrite } from '../../server/core/store.ts'
import { mapReferences, referencesOf } from '../core/references.ts'
import type { EntityId, JsonObject, JsonValue } from '../protocol/json.ts'
import type { OperationResult } from '../protocol/messages.ts'
import type { SyncOperation } from '../protocol/operation.ts'
import type { Schema } from '../protocol/schema.ts'
import { entityTypeOf } from '../protocol/schema.ts'
import type { Effect } from './observed-store.ts'
import type { Story } from './story.ts'
import { sameValue, withChanges } from './values.ts'

export interface ModelRow {
  type: string
  id: EntityId
  version: number
  /** `null`: deleted. */
  data: JsonObject | null
}

/** One value that an operation put into a row, and what was there before. */
export interface Change {
  operationId: string
  type: string
  id: EntityId
  before: JsonObject | null
  after: JsonObject | null
}

export const recordKey = (type: string, id: EntityId): string => `${type} ${id}`

const cellKey = (record: string, field: string, value: JsonValue | undefined): string =>
  `${record}|${field}|${JSON.stringify(value ?? null)}`

/**
 * One tenant's data as the answers say it must be: the fold of what was applied, in the order in which it was. It is built
 * from operations and results alone and compared with what the server stored.
 */
export class TenantModel {
  readonly tenantId: string
  readonly rows = new Map<string, ModelRow>()
  readonly #schema: Schema
  readonly #story: Story
  readonly #mappings = new Map<string, EntityId>()
  readonly #cells = new Set<string>()
  readonly #effects = new Set<string>()
  readonly #verdicts = new Map<string, string>()
  readonly #deleted = new Set<string>()
  /** Records that were written by `/resolve-conflict`: by nobody's outbox. */
  readonly decidedElsewhere = new Set<string>()

  constructor(tenantId: string, schema: Schema, story: Story) {
    this.tenantId = tenantId
    this.#schema = schema
    this.#story = story
  }

  /** The server's id of a record, where it has one. */
  canonical(id: EntityId): EntityId {
    return typeof id === 'string' ? (this.#mappings.get(id) ?? id) : id
  }

  row(type: string, id: EntityId): ModelRow | undefined {
    return this.rows.get(recordKey(type, this.canonical(id)))
  }

  /** References by server ids, as far as those are known. */
  resolved(type: string, data: JsonObject): JsonObject {
    return mapReferences(entityTypeOf(this.#schema, type), data, ({ id }) => this.canonical(id))
  }

  /** Whether a row of the server ever held this value. */
  everHeld(type: string, id: EntityId, field: string, value: JsonValue | undefined): boolean {
    return this.#cells.has(cellKey(recordKey(type, this.canonical(id)), field, this.#named(value)))
  }

  everDeleted(type: string, id: EntityId): boolean {
    return this.#deleted.has(recordKey(type, this.canonical(id)))
  }

  isSameValue(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
    return JSON.stringify(this.#named(a)) === JSON.stringify(this.#named(b))
  }

  /** A value with server ids in the place of temporary ones; absent is `null`. */
  #named(value: JsonValue | undefined): JsonValue {
    if (value === undefined || value === null) return null
    if (Array.isArray(value)) return value.map((item) => this.#named(item))
    return typeof value === 'string' ? this.canonical(value) : value
  }

  live(): ModelRow[] {
    return [...this.rows.values()].filter((row) => row.data !== null)
  }

  /** A transaction of the server is about to be the past. */
  committed({ writes, saved }: Effect): void {
    for (const { tempId, id } of saved.mappings) {
      const known = this.#mappings.get(tempId)
      if (known !== undefined && known !== id) this.#fail('I2', `${tempId} became ${known} and ${id}`)
      this.#mappings.set(tempId, id)
    }
    const versions = new Map(saved.index.map((row) => [recordKey(row.entityType, row.id), row.version]))
    for (const write of writes) this.#write(write, versions)
    for (const write of writes) this.#checkReferences(write)
  }

  #write(write: RecordWrite, versions: ReadonlyMap<string, number>): void {
    const { entityType: type, id, before, after, steps } = write
    const key = recordKey(type, id)
    const known = this.rows.get(key)
    const version = versions.get(key) ?? 0
    if (!sameValue(known?.data ?? null, before))
      this.#fail('I12', `${key} was ${JSON.stringify(before)}, the model has ${JSON.stringify(known?.data)}`)
    if (version !== (known?.version ?? 0) + steps.length)
      this.#fail('I5', `${key} went from version ${known?.version} to ${version} by ${steps.length} writes`)
    this.rows.set(key, { type, id, version, data: after })
    if (steps.some((step) => step.data === null)) this.#deleted.add(key)
    for (const [field, value] of Object.entries(after ?? {})) {
      this.#cells.add(cellKey(key, field, value))
      const text = JSON.stringify(value)
      if (text.includes('temp_')) this.#fail('I6', `${key} holds ${text}`)
      if (typeof value === 'string' && !value.startsWith(`${this.tenantId}:`))
        this.#fail('I7', `${key} of ${this.tenantId} holds ${text}`)
    }
  }

  #checkReferences({ entityType, id, after }: RecordWrite): void {
    const key = recordKey(entityType, id)
    if (after !== null) {
      for (const { type, id: to, path } of referencesOf(entityTypeOf(this.#schema, entityType), after))
        if (this.rows.get(recordKey(type, to))?.data == null)
          this.#fail('I14', `${key} ${path} refers to ${recordKey(type, to)}, which is not there`)
      return
    }
    for (const row of this.live())
      for (const { type, id: to, path } of referencesOf(entityTypeOf(this.#schema, row.type), row.data))
        if (type === entityType && to === id)
          this.#fail('I14', `${key} is deleted, ${recordKey(row.type, row.id)} ${path} refers to it`)
  }

  /**
   * Compares one request's answer with what its transaction did. `effect`: `null` where nothing was written. Answers the
   * changes, for whoever knows what people saw.
   */
  answered(
    userId: string,
    operations: readonly SyncOperation[],
    results: readonly OperationResult[],
    effect: Effect | null,
  ): Change[] {
    const byId = new Map(results.map((result) => [result.id, result]))
    for (const { id } of operations) {
      const result = byId.get(id)
      if (result !== undefined) this.#checkVerdict(userId, result)
    }
    const changes: Change[] = []
    for (const write of effect?.writes ?? []) this.#follow(userId, write, operations, byId, changes)
    return changes
  }

  #checkVerdict(userId: string, result: OperationResult): void {
    const verdict = JSON.stringify([
      result.status,
      result.entityId,
      result.version,
      result.error?.code,
      result.conflict?.conflictId,
    ])
    const name = `${userId} ${result.id}`
    const known = this.#verdicts.get(name)
    if (known === undefined) this.#verdicts.set(name, verdict)
    else if (known !== verdict && result.error?.code !== 'OP_ID_REUSED')
      this.#fail('I2', `${result.id} was answered ${known} and then ${verdict}`)
  }

  #follow(
    userId: string,
    write: RecordWrite,
    operations: readonly SyncOperation[],
    results: ReadonlyMap<string, OperationResult>,
    changes: Change[],
  ): void {
    const { entityType: type, id } = write
    const key = recordKey(type, id)
    let before = write.before
    for (const step of write.steps) {
      const operation = operations[step.operation]
      if (operation === undefined) {
        this.#fail('I12', `${key} was written by no operation of the request`)
        continue
      }
      const name = `${userId} ${operation.id}`
      if (this.#effects.has(name)) this.#fail('I2', `${operation.id} took effect twice, on ${key}`)
      this.#effects.add(name)
      const result = results.get(operation.id)
      const expected = this.#folded(operation, before, result)
      if (!sameValue(expected, step.data))
        this.#fail(
          'I12',
          `${operation.id} made ${key} ${JSON.stringify(step.data)}, expected ${JSON.stringify(expected)}`,
        )
      // A create says something of every field: of those that it leaves out, that they have no value.
      const said =
        operation.type === 'create'
          ? Object.keys(entityTypeOf(this.#schema, type).fields)
          : Object.keys(operation.data ?? {})
      for (const field of said)
        if (step.data !== null) this.#cells.add(cellKey(key, field, this.#named(operation.data?.[field])))
      changes.push({ operationId: operation.id, type, id, before, after: step.data })
      before = step.data
    }
  }

  #folded(
    operation: SyncOperation,
    before: JsonObject | null,
    result: OperationResult | undefined,
  ): JsonObject | null {
    if (operation.type === 'delete') return null
    const data = this.resolved(operation.entityType, operation.data ?? {})
    const lost = new Set(result?.merge?.lost ?? [])
    const kept = Object.fromEntries(Object.entries(data).filter(([field]) => !lost.has(field)))
    return withChanges(operation.type === 'create' ? null : before, kept)
  }

  #fail(rule: string, text: string): void {
    this.#story.fail(rule, `server ${this.tenantId}: ${text}`)
  }
}
