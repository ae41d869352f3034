import { vi } from 'vitest'
import { practiceSchema } from '../../demo/practice.ts'
import { createSyncHandler, memoryStore, type SyncHandler } from '../../server/index.ts'
import {
  type ConnectivityPort,
  createSyncEngine,
  httpTransport,
  memoryStorage,
  type StorageFactory,
  type SyncEngineOptions,
} from '../../src/index.ts'

export type PracticeEngine = ReturnType<typeof createSyncEngine<typeof practiceSchema.definition>>

/** The real server's decisions over its memory store; a token is `tenant.user`. */
export const practiceServer = (): SyncHandler =>
  createSyncHandler({
    schema: practiceSchema,
    store: memoryStore({ schema: practiceSchema, now: () => Date.now() }),
    verify: async (token) => {
      const [tenantId = '', userId = ''] = token.split('.')
      return { tenantId, userId, roles: ['veterinarian'], name: userId }
    },
  })

/** One request as the network saw it. */
export interface Seen {
  path: string
  body: string | null
  account: string | null
}

/** A network between one device and the server, with the faults that matter. */
export class Network {
  readonly seen: Seen[] = []
  isDown = false
  /** Answers to lose after the server has committed. */
  loseAnswers = 0
  /** Set to hold requests until released. */
  gate: Promise<void> = Promise.resolve()
  token: string
  readonly #handler: SyncHandler
  readonly #listeners = new Set<(isUp: boolean) => void>()

  constructor(handler: SyncHandler, token: string) {
    this.#handler = handler
    this.token = token
  }

  readonly connectivity: ConnectivityPort = {
    isUp: () => !this.isDown,
    subscribe: (listener) => {
      this.#listeners.add(listener)
      return () => this.#listeners.delete(listener)
    },
  }

  setDown(isDown: boolean): void {
    this.isDown = isDown
    for (const listener of this.#listeners) listener(!isDown)
  }

  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    if (this.isDown) throw new TypeError('fetch failed')
    const request = new Request(`http://practice.test${String(input)}`, init)
    const body = init?.body === undefined ? null : String(init.body)
    const seen = {
      path: new URL(request.url).pathname,
      body,
      account: request.headers.get('Synchart-Account'),
    }
    this.seen.push(seen)
    const answer = await this.#handler(request)
    await this.gate
    if (this.isDown) throw new TypeError('fetch failed')
    // A probe is an empty upload: the fault is for what carries something.
    if (this.loseAnswers > 0 && seen.path.endsWith('/upload') && body?.includes('"id"')) {
      this.loseAnswers--
      throw new TypeError('the answer was lost')
    }
    return answer
  }
}

export interface Device {
  engine: PracticeEngine
  network: Network
  storage: StorageFactory
}

/** A device of the practice `happy-paws`, with short waits. */
export const practiceDevice = (
  handler: SyncHandler,
  userId: string,
  overrides: Partial<SyncEngineOptions<typeof practiceSchema.definition>> & { network?: Network } = {},
): Device => {
  const { network = new Network(handler, `happy-paws.${userId}`), ...options } = overrides
  const storage = options.storage ?? memoryStorage()
  const engine = createSyncEngine({
    schema: practiceSchema,
    tenantId: 'happy-paws',
    userId,
    transport: httpTransport({ baseUrl: '/api/sync', getToken: () => network.token, fetch: network.fetch }),
    connectivity: network.connectivity,
    batch: { windowMs: 5 },
    retry: { baseMs: 10, pollMs: 60_000 },
    deviceName: userId,
    ...options,
    storage,
  })
  return { engine, network, storage }
}

/** Until the engine rests with nothing to send. */
export const settled = async (engine: PracticeEngine): Promise<void> => {
  await vi.waitUntil(
    async () => {
      const { state, pending } = engine.status()
      return pending === 0 && (state === 'idle' || state === 'conflict')
    },
    { timeout: 5_000, interval: 5 },
  )
}

export const uploads = (network: Network): Seen[] =>
  network.seen.filter((seen) => seen.path.endsWith('/upload') && seen.body?.includes('"id"'))
