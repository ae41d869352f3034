import { assign, emit, setup } from 'xstate'
import { faultIn } from '../fault.ts'
import type { StateMeta } from '../state-meta.ts'
import type {
  ClaimOutput,
  LifecycleActors,
  LifecycleContext,
  LifecycleEmitted,
  LifecycleEvent,
  LifecycleInput,
  LifecycleTag,
  SettleOutput,
} from './lifecycle.types.ts'

/** A stored deadline further ahead than the backoff's own cap (5 min, design §4) says that the clock was set back. */
const RETRY_CAP_MS = 300_000

/** Below every revision, so that nothing counts as blocked or triaged yet. */
const NO_REVISION = -1

interface Moment {
  context: LifecycleContext
  event: LifecycleEvent
}

/** The counts as of this event: guards run before the event's own counts are noted. */
const countsAt = ({ context, event }: Moment) =>
  'counts' in event && event.counts.revision >= context.counts.revision ? event.counts : context.counts

const isUploadable = (moment: Moment) => {
  const counts = countsAt(moment)
  return counts.sent + counts.unsent > 0 && counts.revision > moment.context.blockedRevision
}

const isFullBatch = (moment: Moment) => countsAt(moment).unsent >= moment.context.timing.batchSize

const retryDelay = ({ now, retryAt }: LifecycleContext) => {
  const left = retryAt === null ? 0 : retryAt - now()
  return left > RETRY_CAP_MS ? 0 : Math.max(0, left)
}

/** What is left of `ms` since a moment; all of it where the clock was set back. */
const remaining = (now: number, since: number, ms: number) => Math.min(ms, Math.max(0, since + ms - now))

const isNewsDue = ({ news }: LifecycleContext) => news.wanted > news.seen

const wantNews = ({ news }: LifecycleContext) => ({ ...news, wanted: news.wanted + 1 })

export const initialContext = (input: LifecycleInput): LifecycleContext => ({
  ...input,
  quotaSince: null,
  blockedRevision: NO_REVISION,
  claimRequested: false,
  // The first download is due at once: what happened while this device was away is unknown.
  news: { wanted: 1, asked: 0, seen: 0 },
  triage: { asked: NO_REVISION, answered: NO_REVISION },
  windowSince: 0,
  polledAt: null,
  batchId: 0,
  pageId: 0,
  fault: null,
})

export const lifecycleSetup = setup({
  types: {
    context: {} as LifecycleContext,
    events: {} as LifecycleEvent,
    input: {} as LifecycleInput,
    emitted: {} as LifecycleEmitted,
    tags: {} as LifecycleTag,
    meta: {} as StateMeta,
  },
  // Types only: `createLifecycleMachine` is given the parts, and its argument has no optional key.
  actors: {} as LifecycleActors,
  guards: {
    isPausedByUser: ({ context }) => context.pausedByUser,
    isOffline: ({ context }) => !context.online,
    isSignedOut: ({ context }) => !context.authed,
    isBackingOff: ({ context }) => retryDelay(context) > 0,
    isRetryForced: ({ context }) => context.retryForced,
    isUploadable,
    /** Nothing to wait for: asked for, a full batch, or a batch whose answer is still missing. */
    isUploadUrgent: (moment) =>
      moment.context.claimRequested ||
      (isUploadable(moment) && (countsAt(moment).sent > 0 || isFullBatch(moment))),
    isFullBatch,
    isWindowOpen: ({ context: { now, windowSince, timing } }) => now() < windowSince + timing.maxBatchWaitMs,
    hasNoRoom: ({ context }) => context.quotaSince !== null,
    isNewsDue: ({ context }) => isNewsDue(context),
    isDownloadDue: ({ context }) => isNewsDue(context) && context.quotaSince === null,
    isTriageDue: ({ context }) =>
      context.counts.conflicts > 0 && context.counts.revision > context.triage.answered,
    hasConflicts: ({ context }) => context.counts.conflicts > 0,

    isClaimed: (_, claim: ClaimOutput) => claim.kind === 'claimed',
    isStale: (_, page: { stale: boolean }) => page.stale,
    hasMore: (_, page: { hasMore: boolean }) => page.hasMore,
    isAuthed: (_, answer: { authed: boolean }) => answer.authed,

    isAuthFault: ({ event }) => faultIn(event).kind === 'auth',
    isQuotaFault: ({ event }) => faultIn(event).kind === 'quota',
    isOfflineFault: ({ event }) => faultIn(event).kind === 'offline',
    isFatalFault: ({ event }) => faultIn(event).kind === 'fatal',
  },
  actions: {
    noteCounts: assign((moment) => ({ counts: countsAt(moment) })),
    noteOffline: assign({ online: false }),
    noteOnline: assign({ online: true }),
    noteSignedOut: assign({ authed: false }),
    noteSignedIn: assign({ authed: true }),
    notePaused: assign({ pausedByUser: true }),
    noteResumed: assign({ pausedByUser: false }),
    noteNoRoom: assign(({ context }) => ({ quotaSince: context.quotaSince ?? context.now() })),
    noteRoom: assign({ quotaSince: null }),
    noteFault: assign(({ context, event }) => {
      const fault = faultIn(event)
      switch (fault.kind) {
        case 'offline':
          return { fault, online: false }
        case 'auth':
          return { fault, authed: false }
        case 'quota':
          return { fault, quotaSince: context.quotaSince ?? context.now() }
        case 'fatal':
          return { fault }
        case 'transient':
          return { fault, retryAt: fault.retryAt, retryForced: fault.forced }
      }
    }),

    requestClaim: assign({ claimRequested: true }),
    /** A person does not wait for a backoff of ours, but for one that the server asked for. */
    requestCycle: assign(({ context }) => ({
      claimRequested: true,
      news: wantNews(context),
      retryAt: context.retryForced ? context.retryAt : null,
    })),
    wantNews: assign(({ context }) => ({ news: wantNews(context) })),
    endBackoff: assign({ retryAt: null, retryForced: false }),

    openWindow: assign(({ context }) => ({ windowSince: context.now() })),
    beginClaim: assign({ claimRequested: false }),
    rememberClaim: assign((_, claim: ClaimOutput) =>
      claim.kind === 'claimed' ? { batchId: claim.batchId } : { blockedRevision: claim.revision },
    ),
    beginPull: assign(({ context: { news } }) => ({ news: { ...news, asked: news.wanted } })),
    rememberPage: assign((_, { pageId }: { pageId: number }) => ({ pageId })),
    finishCycle: assign(({ context: { news, now } }) => ({
      news: { ...news, seen: news.asked },
      polledAt: now(),
      fault: null,
    })),
    beginTriage: assign(({ context: { triage, counts } }) => ({
      triage: { ...triage, asked: counts.revision },
    })),
    finishTriage: assign(({ context: { triage } }) => ({ triage: { ...triage, answered: triage.asked } })),

    announceSettled: emit((_, settled: SettleOutput) => ({ type: 'cycle.settled' as const, ...settled })),
    announceFinished: emit({ type: 'cycle.finished' }),
    announceFault: emit(({ event }) => ({ type: 'cycle.faulted' as const, fault: faultIn(event) })),
  },
  delays: {
    batchWindow: ({ context: { now, windowSince, timing } }) =>
      Math.min(timing.batchWindowMs, remaining(now(), windowSince, timing.maxBatchWaitMs)),
    retryDelay: ({ context }) => retryDelay(context),
    // Counted from the last download, not from the entry: a busy person would put every poll off otherwise.
    untilPoll: ({ context: { now, polledAt, timing } }) => remaining(now(), polledAt ?? now(), timing.pollMs),
    untilQuotaProbe: ({ context: { now, quotaSince, timing } }) =>
      remaining(now(), quotaSince ?? now(), timing.quotaProbeMs),
    authRetry: ({ context }) => context.timing.authRetryMs,
    errorRetry: ({ context }) => context.timing.errorRetryMs,
  },
})
