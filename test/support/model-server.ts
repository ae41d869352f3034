import type { EntityId, JsonObject } from '../../src/protocol/json.ts'
import type {
  ConflictReason,
  DownloadAnswer,
  OperationErrorBody,
  OperationResult,
  UploadAnswer,
} from '../../src/protocol/messages.ts'
import type { SyncOperation } from '../../src/protocol/operation.ts'
import type { EntityType, Schema } from '../../src/protocol/schema.ts'
import { readFeed } from './model-feed.ts'
import { modelReferences, replaceReferences } from './model-references.ts'
import type { Effect, ModelConflict, ModelRow } from './model-values.ts'
import { differing, isEqual, over } from './model-values.ts'

export interface ModelOptions {
  schema: Schema
  /** Disjoint edits are `merged`; without it every moved version is a conflict. */
  merges?: boolean
  /** Fields that the server sets by itself on every write. */
  defaults?: ((type: string, data: JsonObject) => JsonObject) | undefined
  /** A reason to refuse an operation, whatever else holds. */
  refuse?: (operation: SyncOperation) => OperationErrorBody | null
  now: () => number
}

const isTemp = (id: unknown): id is string => typeof id === 'string' && id.startsWith('temp_')

type Verdict = Omit<OperationResult, 'id'>

/**
 * protocol.md in memory, for one tenant: upload and download with verdicts, replay, decisions and conflicts. Written from the
 * page alone and sharing no code with what it tests.
 */
export class ModelServer {
  readonly rows = new Map<string, ModelRow>()
  readonly conflicts: ModelConflict[] = []
  readonly effects: Effect[] = []
  readonly mappings = new Map<string, EntityId>()
  readonly #ledger = new Map<string, { content: string; verdict: Verdict; conflict?: ModelConflict }>()
  readonly #options: ModelOptions
  #seq = 0
  #nextId = 1
  #validFrom = 0

  constructor(options: ModelOptions) {
    this.#options = options
  }

  row(type: string, id: EntityId): ModelRow | undefined {
    return this.rows.get(JSON.stringify([type, id]))
  }

  live(type: string): ModelRow[] {
    return [...this.rows.values()].filter((row) => row.type === type && row.data !== null)
  }

  // Writing

  upload(user: string, body: { clientId?: string; operations: SyncOperation[] }): UploadAnswer {
    const results: OperationResult[] = []
    const deletes: SyncOperation[] = []
    const fresh: SyncOperation[] = []
    for (const operation of body.operations) {
      const known = this.#ledger.get(`${user} ${operation.id}`)
      if (known === undefined) fresh.push(operation)
      else if (known.content !== JSON.stringify(operation))
        results.push({
          id: operation.id,
          status: 'rejected',
          error: { code: 'OP_ID_REUSED', message: 'other content' },
        })
      else results.push({ id: operation.id, ...this.#present(known), replayed: true })
    }
    const judge = (operation: SyncOperation, verdict: Verdict, conflict?: ModelConflict) => {
      this.#ledger.set(`${user} ${operation.id}`, {
        content: JSON.stringify(operation),
        verdict,
        ...(conflict === undefined ? {} : { conflict }),
      })
      results.push({ id: operation.id, ...verdict })
    }
    for (const operation of this.#ordered(fresh)) {
      if (operation.type === 'delete') deletes.push(operation)
      else judge(operation, ...this.#judge(user, operation, body.clientId))
    }
    const isLeaving = new Set(deletes.map((operation) => this.#name(operation)))
    // Children first: a delete whose children stay is a conflict, and then it frees nothing.
    for (let pending = deletes; pending.length > 0; ) {
      const stuck = pending.filter((operation) => this.#children(operation, isLeaving).length > 0)
      if (stuck.length === 0) {
        for (const operation of pending) judge(operation, ...this.#delete(user, operation, isLeaving))
        break
      }
      for (const operation of stuck) {
        judge(operation, ...this.#delete(user, operation, isLeaving))
        isLeaving.delete(this.#name(operation))
      }
      pending = pending.filter((operation) => !stuck.includes(operation))
    }
    const idMappings = [...new Set(body.operations.map((operation) => operation.entityId))].flatMap(
      (tempId) => {
        const realId = isTemp(tempId) ? this.mappings.get(tempId) : undefined
        if (realId === undefined) return []
        const entityType = (tempId as string).split('_').slice(3).join('_')
        return [{ tempId: tempId as string, realId, entityType, createdAt: 0, syncedAt: this.#options.now() }]
      },
    )
    return { results, idMappings, serverTime: this.#options.now() }
  }

  /** Creates before what refers to them. */
  #ordered(operations: SyncOperation[]): SyncOperation[] {
    const creates = operations.filter((operation) => operation.type === 'create')
    const ordered: SyncOperation[] = []
    const names = new Set(creates.map((operation) => String(operation.entityId)))
    for (let round = 0; round <= creates.length && ordered.length < creates.length; round++)
      for (const operation of creates) {
        if (ordered.includes(operation)) continue
        const waits = modelReferences(this.#type(operation), operation.data).some(
          ({ id }) => id !== operation.entityId && names.has(String(id)),
        )
        if (waits && round < creates.length) continue
        ordered.push(operation)
        names.delete(String(operation.entityId))
      }
    return [...ordered, ...operations.filter((operation) => operation.type !== 'create')]
  }

  #type(operation: SyncOperation): EntityType {
    return this.#options.schema.types[operation.entityType] as EntityType
  }

  #resolve(id: EntityId): EntityId {
    return isTemp(id) ? (this.mappings.get(id) ?? id) : id
  }

  #name(operation: SyncOperation): string {
    return JSON.stringify([operation.entityType, this.#resolve(operation.entityId)])
  }

  #rejected(code: string, path?: string, more: Partial<OperationErrorBody> = {}): [Verdict] {
    return [
      {
        status: 'rejected',
        error: { code, message: code, ...(path === undefined ? {} : { path }), ...more },
      },
    ]
  }

  #judge(user: string, operation: SyncOperation, clientId: string | undefined): [Verdict, ModelConflict?] {
    const refusal = this.#options.refuse?.(operation) ?? null
    if (refusal !== null) return [{ status: 'rejected', error: refusal }]
    const type = this.#type(operation)
    const id = this.#resolve(operation.entityId)
    const present = this.row(type.name, id)
    const decided = operation.conflictId === undefined ? null : this.#decided(user, operation, id)
    if (decided !== null && 'verdict' in decided) return [decided.verdict]
    const data = replaceReferences(type, operation.data ?? {}, (given) => this.#resolve(given))
    if (operation.type === 'update' && isTemp(id)) return this.#rejected('DEPENDENCY_FAILED', 'entityId')
    if (operation.type === 'update' && operation.baseVersion === undefined)
      return this.#rejected('VALIDATION', 'baseVersion')
    for (const reference of modelReferences(type, data)) {
      if (isTemp(reference.id) && reference.id !== operation.entityId)
        return this.#rejected('DEPENDENCY_FAILED', reference.path)
      const target = this.row(reference.type, reference.id)
      const hadIt = modelReferences(type, present?.data ?? undefined).some(
        (old) => old.path === reference.path && old.id === reference.id,
      )
      if (hadIt || reference.id === id) continue
      if (target === undefined && !isTemp(reference.id)) return this.#rejected('FK_VIOLATION', reference.path)
      if (target?.data === null) return this.#rejected('PARENT_DELETED', reference.path)
    }
    const stamp = { operationId: operation.id, ...(clientId === undefined ? {} : { clientId }) }
    const closing = decided?.conflict
    if (operation.type === 'create') {
      if (isTemp(operation.entityId)) {
        if (isTemp(id)) {
          const realId: EntityId = type.id === 'integer' ? this.#nextId++ : `s${this.#nextId++}`
          this.mappings.set(operation.entityId, realId)
          const own = replaceReferences(type, data, (given) =>
            given === operation.entityId ? realId : given,
          )
          return [this.#write(operation, type.name, realId, null, over(null, own), stamp)]
        }
        if (present?.data != null && isEqual(over(null, data), present.data))
          return [
            { status: 'applied', entityId: id, version: present.version, modifiedAt: present.modifiedAt },
          ]
        return this.#rejected('ALREADY_EXISTS', undefined, {
          existing: { entityId: id, version: present?.version ?? null, data: present?.data ?? null },
        })
      }
      if (present === undefined) return this.#rejected('NOT_FOUND')
      if (present.data !== null)
        return this.#conflict(user, operation, present, 'changed', differing(data, present.data), closing)
      const verdict = this.#write(operation, type.name, id, null, over(null, data), stamp)
      this.#close(closing)
      return [verdict]
    }
    if (closing !== undefined && Object.keys(data).length === 0) {
      this.#close(closing)
      if (present !== undefined && present.version === operation.baseVersion && present.data !== null)
        return [{ status: 'applied', entityId: id, version: present.version, modifiedAt: present.modifiedAt }]
      return [
        {
          status: 'merged',
          entityId: id,
          version: present?.version ?? operation.baseVersion ?? 0,
          modifiedAt: present?.modifiedAt ?? null,
          data: present?.data ?? null,
          merge: {
            fields: [],
            lost: [],
            serverData: present?.data ?? null,
            serverVersion: present?.version ?? null,
          },
        },
      ]
    }
    if (Object.keys(data).length === 0) return this.#rejected('VALIDATION', 'data')
    if (present === undefined || present.data === null)
      return this.#conflict(user, operation, present, 'deleted', Object.keys(data), closing)
    const before = present.data
    if (present.version !== operation.baseVersion) {
      const base = operation.base && replaceReferences(type, operation.base, (given) => this.#resolve(given))
      const colliding = Object.keys(data).filter(
        (field) =>
          !isEqual(before[field], data[field]) &&
          !(base !== undefined && isEqual(before[field], base[field])),
      )
      if (colliding.length > 0 || this.#options.merges !== true)
        return this.#conflict(user, operation, present, 'changed', colliding, closing)
      const verdict = this.#write(operation, type.name, id, before, over(before, data), stamp)
      this.#close(closing)
      const row = this.row(type.name, id) as ModelRow
      return [
        {
          ...verdict,
          status: 'merged',
          data: row.data,
          merge: { fields: Object.keys(data), lost: [], serverData: before, serverVersion: row.version - 1 },
        },
      ]
    }
    const verdict = this.#write(operation, type.name, id, before, over(before, data), stamp)
    this.#close(closing)
    return [verdict]
  }

  #children(operation: SyncOperation, isLeaving: ReadonlySet<string>): string[] {
    const id = this.#resolve(operation.entityId)
    const found: string[] = []
    for (const row of this.rows.values()) {
      if (row.data === null || isLeaving.has(JSON.stringify([row.type, row.id]))) continue
      for (const { path, ...reference } of modelReferences(
        this.#options.schema.types[row.type] as EntityType,
        row.data,
      ))
        if (reference.type === operation.entityType && reference.id === id) found.push(`${row.type}.${path}`)
    }
    return [...new Set(found)]
  }

  #delete(user: string, operation: SyncOperation, isLeaving: ReadonlySet<string>): [Verdict, ModelConflict?] {
    const refusal = this.#options.refuse?.(operation) ?? null
    if (refusal !== null) return [{ status: 'rejected', error: refusal }]
    if (operation.baseVersion === undefined) return this.#rejected('VALIDATION', 'baseVersion')
    const id = this.#resolve(operation.entityId)
    const present = this.row(operation.entityType, id)
    const decided = operation.conflictId === undefined ? null : this.#decided(user, operation, id)
    if (decided !== null && 'verdict' in decided) return [decided.verdict]
    if (present === undefined || present.data === null) {
      this.#close(decided?.conflict)
      const version =
        present === undefined ? {} : { version: present.version, modifiedAt: present.modifiedAt }
      return [{ status: 'applied', entityId: id, ...version }]
    }
    const children = this.#children(operation, isLeaving)
    if (present.version !== operation.baseVersion)
      return this.#conflict(user, operation, present, 'changed', [], decided?.conflict)
    if (children.length > 0)
      return this.#conflict(user, operation, present, 'has-children', children, decided?.conflict)
    const verdict = this.#write(operation, operation.entityType, id, present.data, null, {
      operationId: operation.id,
    })
    this.#close(decided?.conflict)
    return [verdict]
  }

  #decided(
    user: string,
    operation: SyncOperation,
    id: EntityId,
  ): { conflict: ModelConflict } | { verdict: Verdict } {
    const conflict = this.conflicts.find((other) => other.id === operation.conflictId)
    if (
      conflict === undefined ||
      conflict.user !== user ||
      conflict.type !== operation.entityType ||
      conflict.entityId !== id
    )
      return { verdict: this.#rejected('NOT_FOUND', 'conflictId')[0] }
    if (conflict.state === 'open') return { conflict }
    const row = this.row(conflict.type, conflict.entityId)
    return {
      verdict: {
        ...this.#rejected('ALREADY_RESOLVED')[0],
        conflict: {
          conflictId: conflict.id,
          state: 'resolved',
          serverData: row?.data ?? null,
          serverVersion: row?.version ?? null,
        },
      },
    }
  }

  #write(
    operation: SyncOperation,
    type: string,
    id: EntityId,
    before: JsonObject | null,
    wanted: JsonObject | null,
    stamp: { operationId: string; clientId?: string },
  ): Verdict {
    const version = (this.row(type, id)?.version ?? 0) + 1
    const defaults = wanted === null ? {} : (this.#options.defaults?.(type, wanted) ?? {})
    const data = wanted === null ? null : over(wanted, defaults)
    const modifiedAt = this.#options.now()
    this.rows.set(JSON.stringify([type, id]), {
      type,
      id,
      version,
      modifiedAt,
      data,
      ...stamp,
      seq: ++this.#seq,
    })
    this.effects.push({ operation, before, after: data })
    return {
      status: 'applied',
      entityId: id,
      version,
      modifiedAt,
      ...(data === null || wanted === null || isEqual(data, wanted) ? {} : { data }),
    }
  }

  #conflict(
    user: string,
    operation: SyncOperation,
    row: ModelRow | undefined,
    reason: ConflictReason,
    fields: string[],
    again: ModelConflict | undefined,
  ): [Verdict, ModelConflict] {
    const fresh = { reason, fields, serverData: row?.data ?? null, serverVersion: row?.version ?? null }
    const conflict: ModelConflict = again ?? {
      id: this.conflicts.length + 1,
      user,
      operation,
      type: operation.entityType,
      entityId: this.#resolve(operation.entityId),
      ...fresh,
      state: 'open',
      seq: 0,
    }
    if (again === undefined) this.conflicts.push(conflict)
    Object.assign(conflict, fresh)
    const verdict: Verdict = {
      status: 'conflict',
      entityId: conflict.entityId,
      conflict: {
        conflictId: conflict.id,
        state: 'open',
        conflictType: 'version',
        ...fresh,
        serverModifiedAt: row?.modifiedAt ?? null,
        by: { userId: 'somebody' },
      },
    }
    return [verdict, conflict]
  }

  /** A recorded answer; a conflict in it carries its present state. */
  #present({ verdict, conflict }: { verdict: Verdict; conflict?: ModelConflict }): Verdict {
    if (conflict === undefined || verdict.conflict === undefined) return verdict
    return { ...verdict, conflict: { ...verdict.conflict, state: conflict.state } }
  }

  #close(conflict: ModelConflict | undefined): void {
    if (conflict !== undefined) Object.assign(conflict, { state: 'resolved', seq: ++this.#seq })
  }

  /** Somebody with a role decides elsewhere. `data`: the row they want; none: the server's row stands. */
  resolveElsewhere(conflict: ModelConflict, data?: JsonObject): void {
    const row = this.row(conflict.type, conflict.entityId)
    if (data !== undefined && row !== undefined) {
      const operation = { ...conflict.operation, id: `elsewhere-${conflict.id}`, data }
      this.#write(operation, row.type, row.id, row.data, over(row.data, data), { operationId: operation.id })
    }
    this.#close(conflict)
  }

  // Reading

  /** Every cursor given so far is too old. */
  expireCursors(): void {
    this.#validFrom = ++this.#seq
  }

  download(user: string, body: { lastSync?: unknown; limit?: number }): DownloadAnswer {
    const { rows, conflicts } = this
    return readFeed(
      { rows, conflicts, seq: this.#seq, validFrom: this.#validFrom, now: this.#options.now() },
      user,
      body,
    )
  }
}
