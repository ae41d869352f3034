import * as v from 'valibot'
import { download } from '../../server/core/download.ts'
import type { Authorize, Identity, ValidateRow } from '../../server/core/identity.ts'
import { typeOrder } from '../../server/core/order.ts'
import { resolveConflict } from '../../server/core/resolve.ts'
import type { Caller, Server } from '../../server/core/upload.ts'
import { upload } from '../../server/core/upload.ts'
import { bearerToken, checkAccount, checkProtocol, isOutdated } from '../../server/http/headers.ts'
import { memoryStore } from '../../server/memory/store.ts'
import { MAX_OPERATION_BYTES } from '../core/plain.ts'
import { errorTable, SyncError } from '../protocol/errors.ts'
import type { DownloadAnswer, UploadAnswer } from '../protocol/messages.ts'
import type { SyncOperation } from '../protocol/operation.ts'
import type { Schema } from '../protocol/schema.ts'
import { downloadRequestSchema, uploadEnvelopeSchema } from '../protocol/validators.ts'
import type { Effect } from './observed-store.ts'
import { observeStore } from './observed-store.ts'
import type { Change } from './server-model.ts'
import { TenantModel } from './server-model.ts'
import type { Story } from './story.ts'

export interface SimRequest {
  path: string
  headers: Readonly<Record<string, string>>
  body: string
}

export interface SimAnswer {
  status: number
  headers: Record<string, string>
  text: string
  /** Whom the server took the caller for. */
  identity: Identity | null
  /** Operations that got their first verdict by this request. */
  fresh: number
  upload?: UploadAnswer
  download?: DownloadAnswer
}

export interface SimServerOptions {
  schema: Schema
  story: Story
  now: () => number
  tenants: readonly string[]
  authorize: Authorize
  validate: ValidateRow
  /** Hears of every change that an operation made. */
  onChange(tenantId: string, change: Change): void
}

/** 88 bits that no test is out to forge: two rounds of FNV-1a, so that the simulation runs where there is no node:crypto. */
const hash = (text: string): string => {
  let [a, b, c] = [2166136261, 40389, 7919]
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    a = Math.imul(a ^ code, 16777619)
    b = Math.imul(b ^ code, 2246822507) ^ (b >>> 13)
    c = (Math.imul(c, 31) + code) | 0
  }
  return [a, b, c].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('')
}

const echo = { 'Synchart-Protocol': '1' }

/** A token is `tenant user role …`, or `expired`. */
const verify = (token: string): Identity => {
  const [tenantId, userId, ...roles] = token.split('~')
  if (tenantId === undefined || userId === undefined || tenantId === 'expired')
    throw new SyncError('TOKEN_EXPIRED', 'the token has expired')
  return { tenantId, userId, roles, name: userId }
}

/** The real server below HTTP: its checks of who calls, its decisions, its error shapes, and a model that watches it. */
export class SimServer {
  readonly models: ReadonlyMap<string, TenantModel>
  readonly #options: SimServerOptions
  readonly #server: Server<null>
  readonly #store

  constructor(options: SimServerOptions) {
    const { schema, now, story, tenants } = options
    this.#options = options
    this.#store = observeStore(memoryStore({ schema, now, epoch: 'sim' }))
    this.models = new Map(tenants.map((tenantId) => [tenantId, new TenantModel(tenantId, schema, story)]))
    this.#server = {
      schema,
      order: typeOrder(schema),
      store: this.#store.for((tenantId, effect) => this.model(tenantId).committed(effect)),
      limits: { operations: 1000, operationBytes: MAX_OPERATION_BYTES },
      hash,
      authorize: options.authorize,
      validate: options.validate,
      beforeWrite: undefined,
      hasOwnClock: true,
    }
  }

  model(tenantId: string): TenantModel {
    const model = this.models.get(tenantId)
    if (model === undefined) throw new Error(`no tenant ${tenantId}`)
    return model
  }

  async purge(tenantId: string): Promise<void> {
    await this.#store.purge(tenantId)
  }

  async handle({ path, headers, body }: SimRequest): Promise<SimAnswer> {
    const told: Pick<SimAnswer, 'identity' | 'fresh'> = { identity: null, fresh: 0 }
    try {
      const all = new Headers(headers)
      const identity = verify(bearerToken(all))
      checkAccount(all, identity)
      told.identity = identity
      const parsed = JSON.parse(body) as unknown
      checkProtocol(all)
      const outdated = isOutdated(all, this.#server.schema.version)
      const caller: Caller = {
        identity,
        device: undefined,
        now: Math.floor(this.#options.now()),
        isOutdated: outdated,
      }
      if (path.endsWith('/upload')) {
        const { clientId, operations } = v.parse(uploadEnvelopeSchema, parsed)
        const answer = await this.#upload(caller, clientId, operations as SyncOperation[], told)
        return { ...told, status: 200, headers: { ...echo }, text: JSON.stringify(answer), upload: answer }
      }
      const answer = await download(this.#server, caller, v.parse(downloadRequestSchema, parsed), 5000)
      return { ...told, status: 200, headers: { ...echo }, text: JSON.stringify(answer), download: answer }
    } catch (error) {
      return { ...told, ...this.#problem(error) }
    }
  }

  async #upload(
    caller: Caller,
    clientId: string | undefined,
    operations: SyncOperation[],
    told: { fresh: number },
  ): Promise<UploadAnswer> {
    const { tenantId, userId } = caller.identity
    const model = this.model(tenantId)
    let effect: Effect | null = null
    const store = this.#store.for((tenant, done) => {
      effect = done
      this.model(tenant).committed(done)
    })
    const body = clientId === undefined ? { operations } : { clientId, operations }
    const answer = await upload({ ...this.#server, store }, caller, body)
    told.fresh = (effect as Effect | null)?.saved.ledger.length ?? 0
    for (const change of model.answered(userId, operations, answer.results, effect))
      this.#options.onChange(tenantId, change)
    return answer
  }

  /** Somebody decides a conflict without the device that it came from. */
  async decide(
    identity: Identity,
    conflictId: number,
    strategy: 'client-wins' | 'server-wins',
  ): Promise<boolean> {
    const model = this.model(identity.tenantId)
    const store = this.#store.for((_, effect) => {
      for (const { entityType, id } of effect.writes) model.decidedElsewhere.add(`${entityType} ${id}`)
      model.committed(effect)
    })
    const caller: Caller = {
      identity,
      device: undefined,
      now: Math.floor(this.#options.now()),
      isOutdated: false,
    }
    try {
      const body = { conflictId, resolution: { strategy } } as const
      return 'answer' in (await resolveConflict({ ...this.#server, store }, caller, body))
    } catch (error) {
      if (error instanceof SyncError) return false
      throw error
    }
  }

  /** Everything from zero, in pages, as a fresh device would get it. */
  async fromZero(identity: Identity, limit: number): Promise<DownloadAnswer[]> {
    const caller: Caller = { identity, device: undefined, now: this.#options.now(), isOutdated: false }
    const pages: DownloadAnswer[] = []
    let lastSync: string | null = null
    for (let hasMore = true; hasMore; ) {
      const page: DownloadAnswer = await download(this.#server, caller, { lastSync, limit }, 5000)
      pages.push(page)
      ;({ hasMore } = page)
      lastSync = page.cursor
      if (pages.length > 1000) throw new Error('the download from zero does not end')
    }
    return pages
  }

  #problem(error: unknown): Pick<SimAnswer, 'status' | 'headers' | 'text'> {
    const known = error instanceof SyncError ? error : null
    const entry: { status?: number; retriable?: boolean } = known === null ? {} : errorTable[known.code]
    if (known === null || entry.status === undefined)
      this.#options.story.fail('DEFECT', `the server broke: ${error instanceof Error ? error.stack : error}`)
    const { status = 500 } = entry
    const code = entry.status === undefined ? 'SERVER_ERROR' : (known as SyncError).code
    return { status, headers: { ...echo }, text: JSON.stringify({ code, status, detail: String(error) }) }
  }
}
