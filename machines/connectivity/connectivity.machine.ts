import { connectivitySetup, initialContext } from './connectivity.setup.ts'
import type { ConnectivityActors } from './connectivity.types.ts'

/**
 * Whether the server can be reached. The platform's word is a hint: what counts is a probe, or a request of the engine.
 *
 * The engine reports every request it makes: `request.failed` where it failed for lack of network, `request.succeeded`
 * where the server answered at all. The lifecycle takes such a failure as being offline at once, so the outcome is told
 * to the listener again even where it seems to be nothing new: nobody waits for a `net.restored` that never comes. A
 * second failure in a row, with only a probe between, waits for the slow probe: the two would chase each other otherwise.
 */
export const connectivityChart = connectivitySetup.createMachine({
  id: 'connectivity',
  description: 'Whether the server can be reached, told on change and never on a mere flicker.',
  context: ({ input }) => initialContext(input),
  // It only sends hints; without them there are still probes and requests.
  invoke: { id: 'linkSource', src: 'linkSource', input: {}, onError: {} },
  initial: 'unknown',
  states: {
    unknown: {
      description: 'Just started. With the link up it is taken to be online, without a request to find out.',
      meta: { label: 'Connecting', help: 'The first answer of the server will tell.' },
      tags: 'online',
      always: { guard: 'isLinkDown', target: 'offline' },
      on: {
        'link.up': {},
        'link.down': { target: 'unstable' },
        'probe.requested': { target: 'probing' },
        'request.failed': { target: 'probing', actions: 'noteFailure' },
        'request.succeeded': { target: 'online' },
      },
    },
    probing: {
      description: 'The server is asked for a sign of life. Until it answers, what was told last holds.',
      meta: { label: 'Checking', help: 'It is being checked whether the server can be reached.' },
      invoke: {
        id: 'probe',
        src: 'probe',
        input: {},
        onDone: [
          { guard: { type: 'isReachable', params: ({ event }) => event.output }, target: 'online' },
          { target: 'offline' },
        ],
        onError: { target: 'offline' },
      },
      on: {
        'link.up': {},
        'link.down': { target: 'unstable' },
        'probe.requested': {},
        'request.failed': { actions: 'noteFailure' },
        'request.succeeded': { target: 'online', actions: 'noteSuccess' },
      },
      after: { probeEvery: { target: 'offline' } },
    },
    online: {
      description: 'The server answers.',
      meta: { label: 'Online', help: 'The server can be reached.' },
      tags: 'online',
      entry: 'tellOnline',
      on: {
        'link.up': {},
        'link.down': { target: 'unstable' },
        'probe.requested': { target: 'probing' },
        'request.failed': [
          { guard: 'isFailingAgain', target: 'offline', actions: 'noteFailure' },
          { target: 'probing', actions: 'noteFailure' },
        ],
        'request.succeeded': { actions: 'noteSuccess' },
      },
    },
    unstable: {
      description: 'The link went down a moment ago. If it is back at once, nobody hears of it.',
      meta: { label: 'Unstable', help: 'The network is coming and going.' },
      on: {
        'link.up': { target: 'probing' },
        'link.down': {},
        'probe.requested': { target: 'probing' },
        'request.failed': { target: 'offline', actions: 'noteFailure' },
        'request.succeeded': { target: 'online', actions: 'noteSuccess' },
      },
      after: { flapWindow: { target: 'offline' } },
    },
    offline: {
      description: 'The server cannot be reached. It is tried now and then, whatever the link says.',
      meta: { label: 'Offline', help: 'The server cannot be reached; it is tried again by itself.' },
      tags: 'offline',
      entry: 'tellOffline',
      on: {
        'link.up': { target: 'probing' },
        'link.down': {},
        'probe.requested': { target: 'probing' },
        'request.failed': {},
        'request.succeeded': { target: 'online', actions: 'noteSuccess' },
      },
      after: { probeEvery: { target: 'probing' } },
    },
  },
})

type Chart = typeof connectivityChart

/** A name, so that the declarations of what holds a connectivity stay short. */
export interface ConnectivityMachine extends Chart {}

/** Connectivity with all its parts: leaving one out is an error of the compiler. */
export const createConnectivityMachine = (actors: ConnectivityActors): ConnectivityMachine =>
  connectivityChart.provide({ actors })
