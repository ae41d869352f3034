import type { EngineEvents, SyncEngine } from '../../src/index.ts'
import { createSyncEngine, httpTransport, idbStorage, webCryptoIds } from '../../src/index.ts'
import type { InspectionHub } from '../../src/inspector/index.ts'
import { inspectionHub } from '../../src/inspector/index.ts'
import { practiceSchema } from '../practice.ts'
import type { Network } from './network.ts'
import { createNetwork } from './network.ts'
import type { Tokens } from './tokens.ts'
import { createTokens } from './tokens.ts'

export type PracticeDefinition = (typeof practiceSchema)['definition']
export type PracticeEngine = SyncEngine<PracticeDefinition>

export const deviceNames = { 'front-desk': 'Front desk', 'treatment-room': 'Treatment room' } as const
export type DeviceId = keyof typeof deviceNames

export const isDeviceId = (text: string | null): text is DeviceId =>
  text !== null && Object.hasOwn(deviceNames, text)

export type Transition = EngineEvents['transition']

export interface Device {
  id: DeviceId
  name: string
  tenant: string
  engine: PracticeEngine
  network: Network
  tokens: Tokens
  hub: InspectionHub
  /** Steps of the lifecycle since the page was opened, oldest first. */
  transitions: Transition[]
}

export interface Pace {
  latencyMs: number
  windowMs: number
  retryBaseMs: number
  pollMs: number
}

/** For people: slow enough that each state can be seen. `fast` is for machines. */
export const paces: Record<'human' | 'fast', Pace> = {
  human: { latencyMs: 320, windowMs: 450, retryBaseMs: 2_600, pollMs: 6_000 },
  fast: { latencyMs: 0, windowMs: 50, retryBaseMs: 300, pollMs: 4_000 },
}

const KEPT_TRANSITIONS = 5_000

/** Everything that a device on this page has of its own. Made once, outside React. */
export const createDevice = (id: DeviceId, tenant: string, pace: Pace): Device => {
  const network = createNetwork({
    latencyMs: pace.latencyMs,
    onUnauthorised: () => tokens.forget(),
  })
  const tokens = createTokens({ tenant, user: id, fetch: network.fetch })
  const hub = inspectionHub()
  const engine = createSyncEngine({
    schema: practiceSchema,
    tenantId: tenant,
    userId: id,
    deviceName: deviceNames[id],
    transport: httpTransport({ baseUrl: '/api/sync', getToken: tokens.get, fetch: network.fetch }),
    storage: idbStorage(),
    connectivity: network.connectivity,
    // Full jitter may choose no wait at all, and nobody would see the state it is there to show.
    ids: { ...webCryptoIds, random: () => 0.7 + 0.3 * webCryptoIds.random() },
    batch: { windowMs: pace.windowMs },
    retry: { pollMs: pace.pollMs, baseMs: pace.retryBaseMs },
    inspect: hub.inspect,
  })
  engine.on('status', ({ state }) => {
    if (state === 'authRequired' && tokens.isRenewable()) engine.renewAuth()
  })
  const transitions: Transition[] = []
  engine.on('transition', (transition) => {
    transitions.push(transition)
    if (transitions.length > KEPT_TRANSITIONS) transitions.shift()
  })
  return { id, name: deviceNames[id], tenant, engine, network, tokens, hub, transitions }
}
