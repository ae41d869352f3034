/**
 * Every code that a caller of Synchart or a client of its protocol can meet, closed on purpose.
 * `retriable`: the same call may succeed later without anybody changing it.
 * `status`: the HTTP status of whole-request problems (protocol.md, "Errors of whole requests").
 */
export const errorTable = {
  // Whole requests
  INVALID_REQUEST: { retriable: false, status: 400 },
  TOO_DEEP: { retriable: false, status: 400 },
  PROTOCOL_UNSUPPORTED: { retriable: false, status: 400 },
  INVALID_CURSOR: { retriable: false, status: 400 },
  TOKEN_MISSING: { retriable: true, status: 401 },
  TOKEN_EXPIRED: { retriable: true, status: 401 },
  TOKEN_INVALID: { retriable: true, status: 401 },
  TENANT_FORBIDDEN: { retriable: true, status: 403 },
  FORBIDDEN: { retriable: true, status: 403 },
  NOT_FOUND: { retriable: false, status: 404 },
  METHOD_NOT_ALLOWED: { retriable: false, status: 405 },
  CONFLICT_MOVED: { retriable: false, status: 409 },
  ALREADY_RESOLVED: { retriable: false, status: 409 },
  BODY_TOO_LARGE: { retriable: false, status: 413 },
  TOO_MANY_OPERATIONS: { retriable: false, status: 413 },
  UNSUPPORTED_ENCODING: { retriable: false, status: 415 },
  UNSUPPORTED_MEDIA_TYPE: { retriable: false, status: 415 },
  SCHEMA_TOO_OLD: { retriable: false, status: 426 },
  RATE_LIMITED: { retriable: true, status: 429 },
  SERVER_ERROR: { retriable: true, status: 500 },
  TENANT_BUSY: { retriable: true, status: 503 },
  DRAINING: { retriable: true, status: 503 },
  // One operation, refused
  DEPENDENCY_FAILED: { retriable: true },
  OP_ID_REUSED: { retriable: false },
  UNKNOWN_TEMP_ID: { retriable: false },
  UNKNOWN_TYPE: { retriable: false },
  UNKNOWN_FIELD: { retriable: false },
  VALIDATION: { retriable: false },
  FK_VIOLATION: { retriable: false },
  CHECK_VIOLATION: { retriable: false },
  UNIQUE_VIOLATION: { retriable: false },
  ALREADY_EXISTS: { retriable: false },
  PARENT_DELETED: { retriable: false },
  TOO_LARGE: { retriable: false },
  // On the way
  OFFLINE: { retriable: true },
  PAUSED: { retriable: true },
  NETWORK: { retriable: true },
  TIMEOUT: { retriable: true },
  MALFORMED_ANSWER: { retriable: true },
  HTTP_STATUS: { retriable: false },
  // On this device
  NOT_JSON: { retriable: false },
  INVALID_KEY: { retriable: false },
  INVALID_SCHEMA: { retriable: false },
  HAS_CHILDREN: { retriable: false },
  OPERATION_SENT: { retriable: false },
  UNKNOWN_OPERATION: { retriable: false },
  UNKNOWN_CONFLICT: { retriable: false },
  STOPPED: { retriable: false },
  STORAGE_FAILED: { retriable: true },
  STORAGE_BLOCKED: { retriable: true },
  STORE_LOST: { retriable: false },
  FORMAT_TOO_NEW: { retriable: false },
  QUOTA_EXCEEDED: { retriable: true },
} as const satisfies Record<string, { retriable: boolean; status?: number }>

export type SyncErrorCode = keyof typeof errorTable

export const isSyncErrorCode = (code: unknown): code is SyncErrorCode =>
  typeof code === 'string' && Object.hasOwn(errorTable, code)

export interface SyncErrorDetails {
  /** Path of the value that is wrong: `clientId`, `items[2].petId`, `base.name`. */
  path?: string
  /** HTTP status, where the error came from an answer. */
  status?: number
  /** Server-given wait in ms, already clamped by whoever read the header. */
  retryAfterMs?: number
  /** Ids of the records that stand in the way (`HAS_CHILDREN`). */
  ids?: readonly { entityType: string; id: number | string }[]
  /** True where the answer carried the `Synchart-Protocol` echo: it came from our server, not from a portal in between. */
  echoed?: boolean
  cause?: unknown
}

/** The one error class of Synchart. Decide by `code`, never by `message`. */
export class SyncError extends Error {
  override readonly name = 'SyncError'
  readonly code: SyncErrorCode
  readonly retriable: boolean
  readonly path?: string | undefined
  readonly status?: number | undefined
  readonly retryAfterMs?: number | undefined
  readonly ids?: readonly { entityType: string; id: number | string }[] | undefined
  readonly echoed?: boolean | undefined

  constructor(code: SyncErrorCode, message: string, details: SyncErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.retriable = errorTable[code].retriable
    this.path = details.path
    this.status = details.status
    this.retryAfterMs = details.retryAfterMs
    this.ids = details.ids
    this.echoed = details.echoed
  }
}
