import { SignJWT } from 'jose'
import {
  createSyncHandler,
  type HandlerOptions,
  jwtVerifier,
  type ServerStore,
} from '../../../server/index.ts'
import type {
  ConflictsAnswer,
  DownloadAnswer,
  DownloadRequest,
  OperationResult,
  Problem,
  ResolveConflictAnswer,
  UploadAnswer,
} from '../../../src/protocol/messages.ts'
import type { Schema } from '../../../src/protocol/schema.ts'

const secret = new TextEncoder().encode('a secret of the tests, 32 bytes long')

export interface Who {
  tenant?: string
  user?: string
  roles?: string[]
  /** Seconds from now until the token ends. */
  lifetime?: number
  headers?: Record<string, string>
}

const tokens = new Map<string, Promise<string>>()

/** Signed once for each: thousands of calls of one test are the same person. */
export const tokenFor = ({
  tenant = 't1',
  user = 'u1',
  roles = ['veterinarian'],
  lifetime = 3600,
}: Who = {}): Promise<string> => {
  const key = JSON.stringify([tenant, user, roles, lifetime])
  const known = tokens.get(key)
  if (known !== undefined) return known
  const token = new SignJWT({ tid: tenant, roles })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(user)
    .setExpirationTime(Math.floor(Date.now() / 1000) + lifetime)
    .sign(secret)
  tokens.set(key, token)
  return token
}

export interface Answer<T> {
  status: number
  headers: Headers
  body: T
}

/** `path` below the base path; `body` goes as it is where it is text or bytes. */
export type Send = <T = Problem>(path: string, body?: unknown, who?: Who) => Promise<Answer<T>>

export interface Bench {
  handler: (request: Request) => Promise<Response>
  send: Send
  upload(operations: unknown[], who?: Who & { clientId?: string }): Promise<UploadAnswer>
  /** The verdict on one operation. */
  one(operation: object, who?: Who): Promise<OperationResult>
  download(body?: DownloadRequest, who?: Who): Promise<DownloadAnswer>
  conflicts(query?: string, who?: Who): Promise<ConflictsAnswer>
  resolve(body: unknown, who?: Who): Promise<Answer<ResolveConflictAnswer & Problem>>
}

let lastId = 0

/** An operation id that no other test has used. */
export const nextId = (): string => `op-${++lastId}`

const ms = 1_730_534_400_000

/** A temp id of its own; `name` keeps failures readable. */
export const temp = (entityType: string, name = ''): string =>
  `temp_${ms + ++lastId}_${name}${lastId.toString(36)}_${entityType}`

export const benchOn = <Hook>(
  schema: Schema,
  store: ServerStore<Hook>,
  options: Partial<HandlerOptions<Hook>> = {},
): Bench => {
  const handler = createSyncHandler<Hook>({ schema, store, verify: jwtVerifier({ secret }), ...options })
  const send: Send = async (path, body, who = {}) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array
    const response = await handler(
      new Request(`http://server/api/sync${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          Authorization: `Bearer ${await tokenFor(who)}`,
          'Content-Type': 'application/json',
          ...who.headers,
        },
        ...(body === undefined ? {} : { body: isRaw ? (body as BodyInit) : JSON.stringify(body) }),
      }),
    )
    return { status: response.status, headers: response.headers, body: await response.json() }
  }
  const ok = async <T>(path: string, body?: unknown, who?: Who): Promise<T> => {
    const answer = await send<T>(path, body, who)
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const upload: Bench['upload'] = (operations, { clientId, ...who } = {}) =>
    ok('/upload', clientId === undefined ? { operations } : { clientId, operations }, who)
  return {
    handler,
    send,
    upload,
    one: async (operation, who) => {
      const { results } = await upload([{ id: nextId(), ...operation }], who)
      return results[0] as OperationResult
    },
    download: (body = {}, who) => ok('/download', body, who),
    conflicts: (query = '', who) => ok(`/conflicts${query}`, undefined, who),
    resolve: (body, who) => send('/resolve-conflict', body, who),
  }
}
