/**
 * Runtime shapes of everything that crosses the wire (valibot). Requests are strict (an unknown field is refused),
 * answers are loose (an unknown field of a newer server is kept).
 */
import * as v from 'valibot'
import type { JsonObject } from './json.ts'
import { isObject } from './json.ts'
import type {
  ConflictsAnswer,
  DownloadAnswer,
  DownloadRequest,
  ResolveConflictAnswer,
  ResolveConflictRequest,
  UploadAnswer,
} from './messages.ts'
import type { SyncOperation } from './operation.ts'

const integer = v.pipe(v.number(), v.safeInteger())
const positive = v.pipe(integer, v.minValue(1))
const ms = v.pipe(v.number(), v.finite())
const text = v.pipe(v.string(), v.nonEmpty())
const entityId = v.union([integer, text], 'Expected an integer or a non-empty string')
const jsonObject = v.custom<JsonObject>(isObject, 'Expected an object')

/** The idempotency key: 1-64 visible ASCII characters. */
export const operationId = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]{1,64}$/, 'Expected 1-64 visible ASCII characters'),
)

export const operationSchema: v.GenericSchema<SyncOperation> = v.strictObject({
  id: operationId,
  type: v.picklist(['create', 'update', 'delete']),
  entityType: text,
  entityId,
  data: v.exactOptional(jsonObject),
  base: v.exactOptional(jsonObject),
  baseVersion: v.exactOptional(v.pipe(integer, v.minValue(0))),
  editedAt: v.exactOptional(ms),
  conflictId: v.exactOptional(positive),
  timestamp: v.exactOptional(v.number()),
  priority: v.exactOptional(v.number()),
})

/** The envelope only: each element of `operations` is judged alone by the server. */
export const uploadEnvelopeSchema = v.strictObject({
  clientId: v.exactOptional(v.pipe(text, v.maxLength(128))),
  operations: v.array(v.unknown()),
})

export const downloadRequestSchema: v.GenericSchema<DownloadRequest> = v.strictObject({
  lastSync: v.exactOptional(v.nullable(v.union([v.string(), v.number()]))),
  entityTypes: v.exactOptional(v.array(v.string())),
  limit: v.exactOptional(v.pipe(v.number(), v.integer())),
})

export const resolveConflictRequestSchema: v.GenericSchema<ResolveConflictRequest> = v.strictObject({
  conflictId: positive,
  resolution: v.strictObject({
    strategy: v.picklist(['client-wins', 'server-wins', 'merge']),
    data: v.exactOptional(jsonObject),
  }),
  expectedVersion: v.exactOptional(v.pipe(integer, v.minValue(0))),
})

const author = v.looseObject({
  userId: v.string(),
  name: v.optional(v.string()),
  device: v.optional(v.string()),
})
const edit = v.looseObject({ at: ms, clientId: v.optional(v.string()), operationId: v.optional(v.string()) })

const conflictVerdict = v.looseObject({
  conflictId: positive,
  state: v.picklist(['open', 'resolved']),
  conflictType: v.optional(v.picklist(['version'])),
  reason: v.optional(v.picklist(['changed', 'deleted', 'has-children'])),
  fields: v.optional(v.array(v.string())),
  serverData: v.nullish(jsonObject),
  serverVersion: v.nullish(integer),
  serverModifiedAt: v.nullish(ms),
  serverEdit: v.nullish(edit),
  by: v.nullish(author),
})

const operationError = v.looseObject({
  code: text,
  message: v.string(),
  path: v.optional(v.string()),
  existing: v.optional(
    v.looseObject({ entityId, version: v.nullable(integer), data: v.nullable(jsonObject) }),
  ),
})

/** A verdict without the part it stands on is malformed: it acknowledges nothing. */
const operationResult = v.pipe(
  v.looseObject({
    id: text,
    status: v.picklist(['applied', 'merged', 'conflict', 'rejected']),
    entityId: v.optional(entityId),
    version: v.nullish(integer),
    modifiedAt: v.nullish(ms),
    replayed: v.optional(v.boolean()),
    data: v.nullish(jsonObject),
    merge: v.optional(v.looseObject({ fields: v.array(v.string()), lost: v.array(v.string()) })),
    error: v.optional(operationError),
    conflict: v.optional(conflictVerdict),
  }),
  v.check(
    (result) => result.status !== 'conflict' || result.conflict !== undefined,
    'conflict without its row',
  ),
  v.check(
    (result) => result.status !== 'rejected' || result.error !== undefined,
    'rejected without an error',
  ),
)

export const uploadAnswerSchema = v.looseObject({
  results: v.array(operationResult),
  idMappings: v.array(
    v.looseObject({ tempId: text, realId: entityId, entityType: text, createdAt: ms, syncedAt: ms }),
  ),
  serverTime: ms,
}) as unknown as v.GenericSchema<UploadAnswer>

/** One bad row is quarantined by the client, so rows are checked one by one, not here. */
export const downloadAnswerSchema = v.looseObject({
  entities: v.array(v.unknown()),
  deletions: v.array(v.unknown()),
  closedConflicts: v.optional(v.array(v.unknown()), []),
  cursor: v.nullable(text),
  timestamp: ms,
  hasMore: v.boolean(),
  serverTime: ms,
  reset: v.optional(
    v.looseObject({ reason: v.picklist(['cursor_expired', 'epoch_changed', 'view_changed']) }),
  ),
}) as unknown as v.GenericSchema<DownloadAnswer>

export const entityRowSchema = v.looseObject({
  entityType: text,
  id: entityId,
  version: positive,
  modifiedAt: ms,
  edit: v.nullish(edit),
  by: v.nullish(author),
  data: jsonObject,
})

export const deletionSchema = v.looseObject({
  entityType: text,
  id: entityId,
  version: positive,
  deletedAt: ms,
  reason: v.picklist(['deleted', 'hidden']),
  by: v.nullish(author),
})

export const closedConflictSchema = v.looseObject({
  conflictId: positive,
  operationId: text,
  entityType: text,
  entityId,
  state: v.string(),
  resolvedBy: v.nullish(v.string()),
  resolvedAt: v.nullish(ms),
})

export const conflictsAnswerSchema = v.looseObject({
  conflicts: v.array(
    v.looseObject({
      conflictId: positive,
      operationId: text,
      entityType: text,
      entityId,
      reason: v.picklist(['changed', 'deleted', 'has-children']),
      fields: v.array(v.string()),
      state: v.picklist(['open', 'resolved']),
    }),
  ),
  next: v.nullable(integer),
}) as unknown as v.GenericSchema<ConflictsAnswer>

export const resolveConflictAnswerSchema = v.looseObject({
  success: v.boolean(),
  entity: v.nullable(
    v.looseObject({ entityType: text, id: entityId, version: integer, modifiedAt: ms, data: jsonObject }),
  ),
}) as unknown as v.GenericSchema<ResolveConflictAnswer>

export const problemSchema = v.looseObject({
  code: text,
  status: v.number(),
  title: v.optional(v.string()),
  detail: v.optional(v.string()),
  requestId: v.optional(v.string()),
})

/** Path of an issue in the notation of our errors: `operations[2].data`. */
export const issuePath = (issue: v.BaseIssue<unknown>): string =>
  (issue.path ?? []).reduce((path, item) => {
    const key = item.key as string | number
    return typeof key === 'number' ? `${path}[${key}]` : path === '' ? String(key) : `${path}.${key}`
  }, '')
