import { assign, emit, enqueueActions, setup } from 'xstate'
import { faultIn } from '../fault.ts'
import type { LifecycleInput } from '../lifecycle/lifecycle.types.ts'
import type { StateMeta } from '../state-meta.ts'
import type {
  EngineActors,
  EngineChild,
  EngineContext,
  EngineEmitted,
  EngineEvent,
  EngineInput,
  EngineTag,
  Facts,
  Supervision,
} from './engine.types.ts'

/** A part is away for as long as a person hardly notices; the fourth crash within a minute is a defect, not bad luck. */
export const defaultSupervision: Supervision = {
  restartDelayMs: 1_000,
  restartBudget: 3,
  restartWindowMs: 60_000,
}

export const initialContext = (input: EngineInput): EngineContext => ({
  ...input,
  recovered: null,
  heard: {},
  crashes: { lifecycle: [], connectivity: [] },
  fault: null,
})

const recentCrashes = ({ crashes, now, supervision }: EngineContext, child: EngineChild) =>
  crashes[child].filter((at) => now() - at < supervision.restartWindowMs)

const isOnline = ({ heard, connectivity }: EngineContext) => heard.online ?? connectivity.linkUp

const newerCounts = ({ recovered, heard }: EngineContext, counts: LifecycleInput['counts']) => {
  const known = heard.counts ?? recovered?.counts
  return known && known.revision > counts.revision ? known : counts
}

/** What the lifecycle starts from, at first and after it broke. */
export const lifecycleInput = ({ context }: { context: EngineContext }): LifecycleInput => {
  const { recovered, heard, now, timing } = context
  if (!recovered) throw new Error('The lifecycle starts after storage was read.')
  const counts = newerCounts(context, recovered.counts)
  return { ...recovered, online: isOnline(context), ...heard, counts, now, timing }
}

export const connectivityInput = ({ context }: { context: EngineContext }) => ({
  ...context.connectivity,
  linkUp: isOnline(context),
})

const heardIn = (context: EngineContext, event: EngineEvent): EngineContext['heard'] => {
  switch (event.type) {
    case 'outbox.changed':
    case 'conflicts.changed':
      return { counts: newerCounts(context, event.counts) }
    case 'net.lost':
      return { online: false }
    case 'net.restored':
      return { online: true }
    case 'auth.expired':
      return { authed: false }
    case 'auth.renewed':
      return { authed: true }
    case 'sync.paused':
      return { pausedByUser: true }
    case 'sync.resumed':
      return { pausedByUser: false }
    default:
      return {}
  }
}

export const engineSetup = setup({
  types: {
    context: {} as EngineContext,
    events: {} as EngineEvent,
    input: {} as EngineInput,
    emitted: {} as EngineEmitted,
    tags: {} as EngineTag,
    meta: {} as StateMeta,
    children: {} as {
      lifecycle: 'lifecycle'
      connectivity: 'connectivity'
      recover: 'recover'
      shutdown: 'shutdown'
    },
  },
  // Types only: `createEngineMachine` is given the parts, and its argument has no optional key.
  actors: {} as EngineActors,
  guards: {
    isBudgetSpent: ({ context }, { child }: { child: EngineChild }) =>
      recentCrashes(context, child).length >= context.supervision.restartBudget,
  },
  actions: {
    noteHeard: assign(({ context, event }) => ({ heard: { ...context.heard, ...heardIn(context, event) } })),
    noteRecovered: assign((_, recovered: Facts) => ({ recovered })),
    // Storage is read again, and it alone knows; the network is not its business.
    forgetHeard: assign(({ context: { heard } }) => ({
      heard: heard.online === undefined ? {} : { online: heard.online },
      crashes: { lifecycle: [], connectivity: [] },
      fault: null,
    })),
    noteFault: assign(({ event }) => ({ fault: faultIn(event) })),
    noteCrash: assign(({ context }, { child }: { child: EngineChild }) => ({
      crashes: { ...context.crashes, [child]: [...recentCrashes(context, child), context.now()] },
    })),
    announceReady: emit({ type: 'engine.ready' }),
    announceCrash: emit(({ event }, { child }: { child: EngineChild }) => ({
      type: 'engine.degraded' as const,
      child,
      error: 'error' in event ? event.error : undefined,
    })),
    announceUndelivered: emit(({ event }) => ({ type: 'engine.undelivered' as const, event })),
    // By the system's registry, as a child that is down has no entry there: `sendTo` to a missing id would break the root.
    pass: enqueueActions(({ enqueue, event, system }, { to }: { to: EngineChild }) => {
      const child = system.get(to)
      if (child) enqueue.sendTo(child, event)
      else enqueue.emit({ type: 'engine.undelivered', event })
    }),
  },
  delays: {
    restartDelay: ({ context }) => context.supervision.restartDelayMs,
  },
})
