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

/** Where each kind of fault leads, for every step. What may go well later is tried again, without end. */
export const faults = [
  { guard: 'isAuthFault', target: '#lifecycle.authRequired', actions: ['noteFault', 'announceFault'] },
  { guard: 'isQuotaFault', target: '#lifecycle.quotaExceeded', actions: ['noteFault', 'announceFault'] },
  { guard: 'isOfflineFault', target: '#lifecycle.pausedOffline', actions: ['noteFault', 'announceFault'] },
  { guard: 'isFatalFault', target: '#lifecycle.error', actions: ['noteFault', 'announceFault'] },
  { target: '#lifecycle.retry', actions: ['noteFault', 'announceFault'] },
] as const

/** An upload may be waiting, and uploads go on without room. */
export const faultsBesideUploads = [
  { guard: 'isQuotaFault', target: '#lifecycle.deciding', actions: ['noteFault', 'announceFault'] },
  ...faults,
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

/** Without room only an upload is worth leaving for: it makes some. */
export const uploadOnly = [
  { guard: 'isUploadable', target: '#lifecycle.deciding', actions: 'noteCounts' },
  { actions: 'noteCounts' },
] as const
