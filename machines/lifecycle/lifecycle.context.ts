import type { SnapshotFrom } from 'xstate'
import type { LifecycleMachine } from './lifecycle.machine.ts'
import { initialContext } from './lifecycle.setup.ts'
import type { Counts, LifecycleContext, LifecycleInput, LifecycleTiming } from './lifecycle.types.ts'

/** The product's figures: batch and poll as in the public options' defaults, deadlines as SPEC.md has them. */
export const defaultTiming: LifecycleTiming = {
  batchWindowMs: 150,
  batchSize: 50,
  maxBatchWaitMs: 1_000,
  pollMs: 30_000,
  authRetryMs: 60_000,
  quotaProbeMs: 60_000,
  errorRetryMs: 300_000,
}

export const noCounts: Counts = { unsent: 0, sent: 0, conflicts: 0, rejected: 0, revision: 0 }

/** Every value that the lifecycle can rest in. */
export const lifecycleStates = [
  'idle',
  'batching',
  'uploading.claiming',
  'uploading.sending',
  'uploading.settling',
  'downloading.pulling',
  'downloading.applying',
  'conflict.triaging',
  'conflict.awaitingDecision',
  'retry',
  'pausedOffline',
  'pausedByUser',
  'authRequired.waiting',
  'authRequired.asking',
  'quotaExceeded',
  'error',
] as const

export type LifecycleStateName = (typeof lifecycleStates)[number]

const writes: Counts = { ...noCounts, unsent: 3, revision: 3 }
const onTheWay: Counts = { ...noCounts, sent: 3, revision: 4 }
const disagreements: Counts = { ...noCounts, conflicts: 2, revision: 5 }
const upToDate = { news: { wanted: 1, asked: 1, seen: 1 } }

/** What is true whenever the chart is in a state, besides what every context has. */
const truths: Record<LifecycleStateName, (now: number) => Partial<LifecycleContext>> = {
  idle: (now) => ({ ...upToDate, polledAt: now }),
  batching: (now) => ({ ...upToDate, polledAt: now, counts: writes, windowSince: now }),
  'uploading.claiming': () => ({ counts: writes }),
  'uploading.sending': () => ({ counts: onTheWay, batchId: 1 }),
  'uploading.settling': () => ({ counts: onTheWay, batchId: 1 }),
  'downloading.pulling': () => ({ news: { wanted: 1, asked: 1, seen: 0 } }),
  'downloading.applying': () => ({ news: { wanted: 1, asked: 1, seen: 0 }, pageId: 1 }),
  'conflict.triaging': (now) => ({
    ...upToDate,
    polledAt: now,
    counts: disagreements,
    triage: { asked: disagreements.revision, answered: -1 },
  }),
  'conflict.awaitingDecision': (now) => ({
    ...upToDate,
    polledAt: now,
    counts: disagreements,
    triage: { asked: disagreements.revision, answered: disagreements.revision },
  }),
  retry: (now) => ({
    counts: onTheWay,
    retryAt: now + 8_000,
    fault: { kind: 'transient', retryAt: now + 8_000, forced: false },
  }),
  pausedOffline: () => ({ counts: writes, online: false }),
  pausedByUser: () => ({ counts: writes, pausedByUser: true }),
  'authRequired.waiting': () => ({ counts: writes, authed: false, fault: { kind: 'auth' } }),
  'authRequired.asking': () => ({ counts: writes, authed: false, fault: { kind: 'auth' } }),
  quotaExceeded: (now) => ({ quotaSince: now, fault: { kind: 'quota' } }),
  error: () => ({ counts: writes, fault: { kind: 'fatal', code: 'PROTOCOL_UNSUPPORTED' } }),
}

type LifecycleValue = SnapshotFrom<LifecycleMachine>['value']

/** The value of a state, as `resolveState` wants it. */
export const lifecycleValueOf = (state: LifecycleStateName): LifecycleValue => {
  const [parent, child] = state.split('.') as [string, string?]
  return (child === undefined ? parent : { [parent]: child }) as LifecycleValue
}

/**
 * A context in which the chart could be in that state: for stories and tests.
 * An actor made from it with `resolveState` shows the state and starts nothing; it answers events all the same.
 */
export const lifecycleContextFor = (
  state: LifecycleStateName,
  overrides: Partial<LifecycleContext> & { now?: LifecycleInput['now'] } = {},
): LifecycleContext => {
  const now = overrides.now ?? (() => 0)
  return {
    ...initialContext({
      counts: noCounts,
      online: true,
      authed: true,
      pausedByUser: false,
      retryAt: null,
      retryForced: false,
      now,
      timing: defaultTiming,
    }),
    ...truths[state](now()),
    ...overrides,
  }
}
