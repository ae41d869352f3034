import { assign, enqueueActions, setup } from 'xstate'
import type { StateMeta } from '../state-meta.ts'
import type {
  ConnectivityActors,
  ConnectivityContext,
  ConnectivityEvent,
  ConnectivityInput,
  ConnectivityTag,
} from './connectivity.types.ts'

export const initialContext = ({ linkUp, ...input }: ConnectivityInput): ConnectivityContext => ({
  ...input,
  told: linkUp ? 'online' : 'offline',
  failures: 0,
})

export const connectivitySetup = setup({
  types: {
    context: {} as ConnectivityContext,
    events: {} as ConnectivityEvent,
    input: {} as ConnectivityInput,
    tags: {} as ConnectivityTag,
    meta: {} as StateMeta,
  },
  // Types only: `createConnectivityMachine` is given the parts, and its argument has no optional key.
  actors: {} as ConnectivityActors,
  guards: {
    isLinkDown: ({ context }) => context.told === 'offline',
    isReachable: (_, answer: { reachable: boolean }) => answer.reachable,
    /** The probe got through and the next request failed again: one more probe at once would only go round. */
    isFailingAgain: ({ context }) => context.failures > 0,
  },
  actions: {
    noteFailure: assign(({ context }) => ({ failures: context.failures + 1, told: null })),
    noteSuccess: assign({ failures: 0 }),
    tellOnline: enqueueActions(({ context, enqueue }) => {
      if (context.told === 'online') return
      enqueue.sendTo(context.listener, { type: 'net.restored' })
      enqueue.assign({ told: 'online' })
    }),
    tellOffline: enqueueActions(({ context, enqueue }) => {
      if (context.told === 'offline') return
      enqueue.sendTo(context.listener, { type: 'net.lost' })
      enqueue.assign({ told: 'offline' })
    }),
  },
  delays: {
    flapWindow: ({ context }) => context.flapWindowMs,
    probeEvery: ({ context }) => context.probeEveryMs,
  },
})
