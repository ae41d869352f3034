import { createHash } from 'node:crypto'
import { Hono } from 'hono'
import * as v from 'valibot'
import { isStorableText, MAX_OPERATION_BYTES } from '../../src/core/plain.ts'
import { SyncError } from '../../src/protocol/errors.ts'
import { isObject, type JsonObject } from '../../src/protocol/json.ts'
import type { ConflictsRequest } from '../../src/protocol/messages.ts'
import type { Schema } from '../../src/protocol/schema.ts'
import {
  downloadRequestSchema,
  issuePath,
  resolveConflictRequestSchema,
  uploadEnvelopeSchema,
} from '../../src/protocol/validators.ts'
import { listConflicts } from '../core/conflicts.ts'
import { download } from '../core/download.ts'
import type { Authorize, BeforeWrite, ValidateRow } from '../core/identity.ts'
import { typeOrder } from '../core/order.ts'
import { resolveConflict } from '../core/resolve.ts'
import type { ServerStore } from '../core/store.ts'
import { type Caller, type Server, upload } from '../core/upload.ts'
import { drain, readJson } from './body.ts'
import { bearerToken, checkAccount, checkProtocol, deviceName, isOutdated } from './headers.ts'
import { commonHeaders, problem } from './problem.ts'
import type { Verify } from './verify.ts'

export interface Limits {
  /** Of a body, decompressed. */
  bytes: number
  operations: number
  /** Of one operation, as JSON in UTF-8. */
  operationBytes: number
  /** Of nesting; the outermost object counts as 1. */
  depth: number
  /** Entities and deletions of one download. */
  page: number
}

/** protocol.md, "Errors of whole requests" */
export const defaultLimits: Limits = {
  bytes: 4_194_304,
  operations: 1000,
  operationBytes: MAX_OPERATION_BYTES,
  depth: 32,
  page: 5000,
}

export interface HandlerOptions<Hook = unknown> {
  schema: Schema
  store: ServerStore<Hook>
  /** Who a bearer token speaks for: `jwtVerifier`, or your own. */
  verify: Verify
  authorize?: Authorize
  validate?: ValidateRow
  /** Runs inside the transaction, before the rows are written; what it throws undoes the whole request. */
  beforeWrite?: BeforeWrite<Hook>
  /** ms; with it the feed follows this clock instead of the database's. */
  now?: () => number
  /** Clients with an older schema are told to update; the schema's own version by default. */
  minSchemaVersion?: number
  limits?: Partial<Limits>
  /** Hears of failures that are no caller's fault, with the id that the answer carries. */
  onError?: (error: unknown, requestId: string) => void
}

export type SyncHandler = (request: Request) => Promise<Response>

export const BASE_PATH = '/api/sync'

const methods: Record<string, string> = {
  [`${BASE_PATH}/upload`]: 'POST',
  [`${BASE_PATH}/download`]: 'POST',
  [`${BASE_PATH}/conflicts`]: 'GET',
  [`${BASE_PATH}/resolve-conflict`]: 'POST',
}

const parse = <T>(schema: v.GenericSchema<T>, body: unknown): T => {
  // valibot takes an array for an object.
  if (!isObject(body)) throw new SyncError('INVALID_REQUEST', 'an object expected')
  const parsed = v.safeParse(schema, body, { abortEarly: true })
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new SyncError('INVALID_REQUEST', issue.message, { path: issuePath(issue) })
}

const conflictsQuery = (params: URLSearchParams): ConflictsRequest => {
  const state = params.get('state') ?? 'open'
  const after = params.get('after') ?? '0'
  if (state !== 'open' && state !== 'resolved')
    throw new SyncError('INVALID_REQUEST', 'open or resolved expected', { path: 'state' })
  if (!/^\d{1,15}$/.test(after))
    throw new SyncError('INVALID_REQUEST', 'a conflictId expected', { path: 'after' })
  const entityType = params.get('entityType')
  return { state, after: Number(after), ...(entityType === null ? {} : { entityType }) }
}

const json = (body: object): Response =>
  new Response(JSON.stringify(body), { headers: { ...commonHeaders, 'Content-Type': 'application/json' } })

/** The four calls of the protocol as one function of a web `Request`; mounts in any server that speaks those. */
export const createSyncHandler = <Hook = unknown>(options: HandlerOptions<Hook>): SyncHandler => {
  const { schema, store, verify, now = Date.now, minSchemaVersion = schema.version, onError } = options
  const limits = { ...defaultLimits, ...options.limits }
  const server: Server<Hook> = {
    schema,
    order: typeOrder(schema),
    store,
    limits,
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    authorize: options.authorize,
    validate: options.validate,
    beforeWrite: options.beforeWrite,
    hasOwnClock: options.now !== undefined,
  }

  /** Token and account, before anything is read or written. */
  const identify = async (request: Request): Promise<Caller> => {
    const at = Math.floor(now())
    const identity = await verify(bearerToken(request.headers), at)
    checkAccount(request.headers, identity)
    return { identity, device: deviceName(request.headers), now: at, isOutdated: false }
  }

  const checkVersions = (request: Request, caller: Caller, isUpload = false): Caller => {
    checkProtocol(request.headers)
    const outdated = isOutdated(request.headers, minSchemaVersion)
    if (outdated && !isUpload)
      throw new SyncError('SCHEMA_TOO_OLD', 'this server needs a newer version of the app')
    return { ...caller, isOutdated: outdated }
  }

  const app = new Hono()

  app.use('*', async (context, next) => {
    const { raw } = context.req
    const method = Object.hasOwn(methods, context.req.path) ? methods[context.req.path] : undefined
    if (method !== undefined && method !== raw.method) {
      await drain(raw)
      return problem(new SyncError('METHOD_NOT_ALLOWED', `${method} expected`), {
        headers: { Allow: method },
      })
    }
    return next()
  })

  app.post(`${BASE_PATH}/upload`, async ({ req: { raw } }) => {
    const who = await identify(raw)
    const body = await readJson(raw, limits)
    const caller = checkVersions(raw, who, true)
    // A body without recorded verdicts cannot be answered from memory, whatever else is wrong with it.
    if (caller.isOutdated && !v.is(uploadEnvelopeSchema, body))
      throw new SyncError('SCHEMA_TOO_OLD', 'this server needs a newer version of the app')
    const request = parse(uploadEnvelopeSchema, body)
    if (request.clientId !== undefined && !isStorableText(request.clientId))
      throw new SyncError('INVALID_REQUEST', 'holds U+0000 or a lone surrogate', { path: 'clientId' })
    const { clientId, operations } = request
    return json(
      await upload(server, caller, clientId === undefined ? { operations } : { clientId, operations }),
    )
  })

  app.post(`${BASE_PATH}/download`, async ({ req: { raw } }) => {
    const who = await identify(raw)
    const body = await readJson(raw, limits)
    const caller = checkVersions(raw, who)
    return json(await download(server, caller, parse(downloadRequestSchema, body), limits.page))
  })

  app.get(`${BASE_PATH}/conflicts`, async ({ req: { raw } }) => {
    const caller = checkVersions(raw, await identify(raw))
    return json(await listConflicts(server, caller, conflictsQuery(new URL(raw.url).searchParams)))
  })

  app.post(`${BASE_PATH}/resolve-conflict`, async ({ req: { raw } }) => {
    const who = await identify(raw)
    const body = await readJson(raw, limits)
    const caller = checkVersions(raw, who)
    const outcome = await resolveConflict(server, caller, parse(resolveConflictRequestSchema, body))
    if ('answer' in outcome) return json(outcome.answer)
    const { code, serverData, serverVersion } = outcome.moved
    const members: JsonObject = { serverData, serverVersion }
    return problem(new SyncError(code, 'look at the record as it now is'), { members })
  })

  app.notFound(async ({ req: { raw } }) => {
    await drain(raw)
    return problem(new SyncError('NOT_FOUND', 'there is no such endpoint'))
  })

  app.onError(async (error, { req: { raw } }) => {
    // A body that nobody has read yet is read and dropped, or the client would see a reset instead of this answer.
    await drain(raw)
    return problem(error, {}, onError)
  })

  return async (request) => app.fetch(request)
}
