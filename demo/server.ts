import { randomBytes } from 'node:crypto'
import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import {
  createSqlStore,
  createSyncHandler,
  createTables,
  type Db,
  jwtVerifier,
  problem,
  SyncError,
} from '../server/index.ts'
import { newEpoch } from '../server/node.ts'
import { practiceSchema } from './practice.ts'

const TOKEN_PATH = '/api/demo/token'
const TOKEN_LIFETIME = '1h'

/** The only role of the demo: it may do everything. */
const DEFAULT_ROLE = 'veterinarian'

const namePattern = /^[A-Za-z0-9_-]{1,64}$/

/** Made on first start and kept beside the data, readable by its owner only. */
const secretOf = async (folder: string): Promise<Uint8Array> => {
  const path = join(folder, 'demo-secret')
  const read = async () => new Uint8Array(Buffer.from(await readFile(path, 'utf8'), 'base64url'))
  try {
    const secret = await read()
    if (secret.byteLength >= 32) return secret
  } catch {
    // The first start, or the file is gone: tokens that are out there end with it.
  }
  await writeFile(`${path}.new`, randomBytes(32).toString('base64url'), { mode: 0o600 })
  await chmod(`${path}.new`, 0o600)
  await rename(`${path}.new`, path)
  return read()
}

/** Whoever asks is who they say: this is a demo's sign-in and nothing else. */
const tokenAnswer = async (request: Request, secret: Uint8Array): Promise<Response> => {
  if (request.method !== 'GET')
    return problem(new SyncError('METHOD_NOT_ALLOWED', 'GET expected'), { headers: { Allow: 'GET' } })
  const params = new URL(request.url).searchParams
  const claims = {
    tenant: params.get('tenant'),
    user: params.get('user'),
    role: params.get('role') ?? DEFAULT_ROLE,
  }
  for (const [name, value] of Object.entries(claims))
    if (value === null || !namePattern.test(value))
      return problem(
        new SyncError('INVALID_REQUEST', `${name}: 1-64 of A-Z, a-z, 0-9, _ and - expected`, { path: name }),
      )
  const token = await new SignJWT({ tid: claims.tenant, roles: [claims.role], name: claims.user })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(claims.user as string)
    .setIssuedAt()
    .setExpirationTime(TOKEN_LIFETIME)
    .sign(secret)
  return Response.json({ token }, { headers: { 'Cache-Control': 'no-store' } })
}

export interface DemoServer {
  handler: (request: Request) => Promise<Response>
}

/** The practice's server on a database that is ready to use: real tables, real foreign keys, tokens for whoever asks. */
export const createDemoServer = async (db: Db, folder: string): Promise<DemoServer> => {
  const secret = await secretOf(folder)
  const entities = await createTables(db, practiceSchema)
  const store = await createSqlStore({ db, schema: practiceSchema, entities, epoch: newEpoch() })
  const sync = createSyncHandler({
    schema: practiceSchema,
    store,
    verify: jwtVerifier({ secret }),
    onError: (error, requestId) => console.error(`request ${requestId}:`, error),
  })
  return {
    handler: (request) => {
      const { pathname } = new URL(request.url)
      return pathname === TOKEN_PATH ? tokenAnswer(request, secret) : sync(request)
    },
  }
}
