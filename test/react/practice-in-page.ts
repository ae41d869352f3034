/** The server's real decisions and two real engines in one page: what the components do is felt on the other device. */
import { practiceSchema } from '../../demo/practice.ts'
import { download } from '../../server/core/download.ts'
import { typeOrder } from '../../server/core/order.ts'
import { resolveConflict } from '../../server/core/resolve.ts'
import type { Caller, Server } from '../../server/core/upload.ts'
import { upload } from '../../server/core/upload.ts'
import { memoryStore } from '../../server/memory/store.ts'
import {
  type ConnectivityPort,
  createSyncEngine,
  memoryStorage,
  SyncError,
  type TransportPort,
} from '../../src/index.ts'

const MAX_PAGE = 1_000
const now = () => Date.now()

/** No test is out to forge it. */
const hash = (text: string): string => {
  let [a, b] = [2166136261, 40389]
  for (const letter of text) {
    a = Math.imul(a ^ (letter.codePointAt(0) ?? 0), 16777619)
    b = Math.imul(b ^ (letter.codePointAt(0) ?? 0), 2246822507) ^ (b >>> 13)
  }
  return [a, b].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('')
}

export const practiceInPage = () => {
  const server: Server<null> = {
    schema: practiceSchema,
    order: typeOrder(practiceSchema),
    store: memoryStore({ schema: practiceSchema, now }),
    limits: { operations: 1_000, operationBytes: 262_144 },
    hash,
    authorize: undefined,
    validate: undefined,
    beforeWrite: undefined,
    hasOwnClock: true,
  }
  return (name: string) => device(server, name)
}

const device = (server: Server<null>, name: string) => {
  let isUp = true
  const listeners = new Set<(isUp: boolean) => void>()
  const connectivity: ConnectivityPort = {
    isUp: () => isUp,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const caller = (): Caller => {
    if (!isUp) throw new SyncError('NETWORK', 'the network is down')
    const identity = { tenantId: 'happy-paws', userId: name, roles: ['veterinarian'], name }
    return { identity, device: name, now: now(), isOutdated: false }
  }
  const transport: TransportPort = {
    upload: async (body) => upload(server, caller(), body),
    download: async (body) => download(server, caller(), body, MAX_PAGE),
    listConflicts: async () => ({ conflicts: [], next: null }),
    resolveConflict: async (body) => {
      const outcome = await resolveConflict(server, caller(), body)
      if ('answer' in outcome) return outcome.answer
      throw new SyncError('CONFLICT_MOVED', 'the row moved')
    },
  }
  const engine = createSyncEngine({
    schema: practiceSchema,
    tenantId: 'happy-paws',
    userId: name,
    deviceName: name,
    transport,
    connectivity,
    storage: memoryStorage(),
    batch: { windowMs: 5 },
    retry: { baseMs: 10, pollMs: 60_000 },
  })
  return {
    engine,
    setUp(value: boolean) {
      isUp = value
      for (const listener of [...listeners]) listener(value)
    },
  }
}
