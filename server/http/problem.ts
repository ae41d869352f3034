import { randomUUID } from 'node:crypto'
import { errorTable, SyncError, type SyncErrorCode } from '../../src/protocol/errors.ts'
import type { JsonObject } from '../../src/protocol/json.ts'
import type { Problem } from '../../src/protocol/messages.ts'
import { PROTOCOL_VERSION } from '../../src/protocol/messages.ts'

/** On every answer: a client that misses the echo knows that it did not speak to us. */
export const commonHeaders = {
  'Synchart-Protocol': String(PROTOCOL_VERSION),
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
}

const titles: Partial<Record<SyncErrorCode, string>> = {
  INVALID_REQUEST: 'The request is not of the shape that this endpoint takes',
  TOO_DEEP: 'The request is nested too deeply',
  PROTOCOL_UNSUPPORTED: 'This protocol version is not spoken here',
  INVALID_CURSOR: 'lastSync is no cursor',
  TOKEN_MISSING: 'No token',
  TOKEN_EXPIRED: 'The token has expired',
  TOKEN_INVALID: 'The token is not valid',
  TENANT_FORBIDDEN: 'The store belongs to another account',
  FORBIDDEN: 'Not allowed',
  NOT_FOUND: 'Not found',
  METHOD_NOT_ALLOWED: 'Method not allowed',
  CONFLICT_MOVED: 'The record has moved on',
  ALREADY_RESOLVED: 'The conflict is already resolved',
  BODY_TOO_LARGE: 'The body is too large',
  TOO_MANY_OPERATIONS: 'Too many operations',
  UNSUPPORTED_ENCODING: 'Unsupported content encoding',
  UNSUPPORTED_MEDIA_TYPE: 'Unsupported media type',
  SCHEMA_TOO_OLD: 'The app is too old for this server',
  TENANT_BUSY: 'Busy, come back later',
  DRAINING: 'The server is stopping',
}

/** Codes that stand for a whole request; anything else that is thrown is ours to mend, and says nothing. */
const statusOf = (code: SyncErrorCode): number | null => {
  const entry: { retriable: boolean; status?: number } = errorTable[code]
  return entry.status ?? null
}

const headersFor = (error: SyncError, status: number): Record<string, string> => {
  if (status === 401)
    return { 'WWW-Authenticate': error.code === 'TOKEN_MISSING' ? 'Bearer' : 'Bearer error="invalid_token"' }
  if (error.code === 'UNSUPPORTED_ENCODING') return { 'Accept-Encoding': 'gzip, identity' }
  if (error.code === 'UNSUPPORTED_MEDIA_TYPE') return { Accept: 'application/json' }
  if (error.retryAfterMs !== undefined)
    return { 'Retry-After': String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))) }
  return {}
}

export interface ProblemDetails {
  headers?: Record<string, string>
  /** Members beside those of RFC 9457. */
  members?: JsonObject
}

/** RFC 9457. `onError` hears of what is no caller's fault, with the id that the answer carries. */
export const problem = (
  thrown: unknown,
  details: ProblemDetails = {},
  onError?: (error: unknown, requestId: string) => void,
): Response => {
  const requestId = randomUUID()
  const known = thrown instanceof SyncError && statusOf(thrown.code) !== null ? thrown : null
  const error = known ?? new SyncError('SERVER_ERROR', 'the server failed; nothing of the request was kept')
  const status = statusOf(error.code) ?? 500
  if (status >= 500) onError?.(thrown, requestId)
  const body: Problem & JsonObject = {
    type: `urn:synchart:problem:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: titles[error.code] ?? 'The server failed',
    status,
    code: error.code,
    detail: error.message,
    requestId,
    ...(error.path === undefined ? {} : { errors: [{ path: error.path, message: error.message }] }),
    ...details.members,
  }
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      ...commonHeaders,
      'Content-Type': 'application/problem+json',
      ...headersFor(error, status),
      ...details.headers,
    },
  })
}
