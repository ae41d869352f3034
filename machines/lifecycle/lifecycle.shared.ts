/** What several states of the chart have in common. */
import type { LifecycleContext } from './lifecycle.types.ts'

const itsBatch = ({ context }: { context: LifecycleContext }) => ({ batchId: context.batchId })
const itsPage = ({ context }: { context: LifecycleContext }) => ({ pageId: context.pageId })

/** Whom each step asks, and with what. */
export const ask = {
  claimBatch: { id: 'claimBatch', src: 'claimBatch', input: {} },
  pushBatch: { id: 'pushBatch', src: 'pushBatch', input: itsBatch },
  settleBatch: { id: 'settleBatch', src: 'settleBatch', input: itsBatch },
  pullPage: { id: 'pullPage', src: 'pullPage', input: {} },
  applyPage: { id: 'applyPage', src: 'applyPage', input: itsPage },
  triage: { id: 'triage', src: 'triage', input: {} },
  probeAuth: { id: 'probeAuth', src: 'probeAuth', input: {} },
} as const

/** A guard or action that is given what the actor answered. */
export const withOutput = <Name extends string>(type: Name) => ({
  type,
  params: <Output>({ event }: { event: { output: Output } }) => event.output,
})

export const rememberClaim = withOutput('rememberClaim')

const report = ['noteFault', 'announceFault'] as const
const signedOut = { guard: 'isAuthFault', target: '#lifecycle.authRequired', actions: report } as const
const noRoom = { guard: 'isQuotaFault', target: '#lifecycle.quotaExceeded', actions: report } as const
const offline = { guard: 'isOfflineFault', target: '#lifecycle.pausedOffline', actions: report } as const
const hopeless = { guard: 'isFatalFault', target: '#lifecycle.error', actions: report } as const
const passing = { target: '#lifecycle.retry', actions: report } as const

/** Where each kind of fault leads. What may go well later is tried again, without end. */
export const faults = [signedOut, noRoom, offline, hopeless, passing] as const

/** Uploads go on without room, and one may be waiting: the choice is for `deciding`. */
export const faultsBesideUploads = [
  signedOut,
  { ...noRoom, target: '#lifecycle.deciding' },
  offline,
  hopeless,
  passing,
] as const

/** Nobody is signed in, and that stays the reason that is shown; it is asked again in a minute. */
export const faultsOfSigningIn = [
  noRoom,
  offline,
  hopeless,
  { target: '#lifecycle.authRequired.waiting', actions: report },
] as const

/** Where nothing is being done, every piece of news is a reason to decide anew. */
export const wakes = {
  'outbox.changed': { target: '#lifecycle.deciding', actions: 'noteCounts' },
  'conflicts.changed': { target: '#lifecycle.deciding', actions: 'noteCounts' },
  'remote.changed': { target: '#lifecycle.deciding', actions: 'wantNews' },
  'sync.requested': { target: '#lifecycle.deciding', actions: 'requestCycle' },
  'flush.requested': { target: '#lifecycle.deciding', actions: 'requestClaim' },
  'quota.exceeded': { target: '#lifecycle.deciding', actions: 'noteNoRoom' },
} as const

/** The reason that a person can do something about stays on screen. */
export const lossesNoted = {
  'net.lost': { actions: 'noteOffline' },
  'auth.expired': { actions: 'noteSignedOut' },
} as const

/** Without room only an upload is worth leaving for: it makes some. */
export const uploadOnly = [
  { guard: 'isUploadable', target: '#lifecycle.deciding', actions: 'noteCounts' },
  { actions: 'noteCounts' },
] as const
