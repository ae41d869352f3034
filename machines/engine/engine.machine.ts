import { connectivityInput, engineSetup, initialContext, lifecycleInput } from './engine.setup.ts'
import type { EngineActors } from './engine.types.ts'

const toLifecycle = { actions: ['noteHeard', { type: 'pass', params: { to: 'lifecycle' } }] } as const
const toConnectivity = { actions: { type: 'pass', params: { to: 'connectivity' } } } as const

/** Facts are kept for a lifecycle to come. */
const heard = { actions: 'noteHeard' } as const
const undelivered = { actions: 'announceUndelivered' } as const

const crashOf = <Child extends 'lifecycle' | 'connectivity'>(child: Child) => {
  const actions = [
    { type: 'noteCrash', params: { child } },
    { type: 'announceCrash', params: { child } },
  ] as const
  return [
    {
      guard: { type: 'isBudgetSpent', params: { child } },
      target: '#engine.failed',
      actions: [...actions, 'noteFault'],
    },
    { target: 'down', actions },
  ] as const
}

/** The engine without its parts: to draw, to show, to check. To run it, see `createEngineMachine`. */
export const engineChart = engineSetup.createMachine({
  id: 'engine',
  description: 'Starts the parts, starts them again when they break, and passes on what is meant for them.',
  context: ({ input }) => initialContext(input),
  initial: 'booting',
  on: {
    'outbox.changed': heard,
    'conflicts.changed': heard,
    'net.lost': heard,
    'net.restored': heard,
    'auth.expired': heard,
    'auth.renewed': heard,
    'sync.paused': heard,
    'sync.resumed': heard,
    'remote.changed': undelivered,
    'sync.requested': undelivered,
    'flush.requested': undelivered,
    'quota.exceeded': undelivered,
    'quota.freed': undelivered,
    'probe.requested': undelivered,
    'request.failed': undelivered,
    'request.succeeded': undelivered,
    'engine.stop': { target: '.stopping' },
    'engine.restarted': {},
  },
  states: {
    booting: {
      description: 'Storage is opened and asked how things stand.',
      meta: { label: 'Starting', help: 'The data on this device is being opened.' },
      tags: 'starting',
      invoke: {
        id: 'recover',
        src: 'recover',
        input: {},
        onDone: {
          target: 'running',
          actions: [{ type: 'noteRecovered', params: ({ event }) => event.output }, 'announceReady'],
        },
        onError: { target: 'failed', actions: 'noteFault' },
      },
    },
    running: {
      description: 'One region for each part: it is up, or down for a moment after it broke.',
      meta: { label: 'Running', help: 'The sync is at work.' },
      tags: 'running',
      type: 'parallel',
      on: {
        'outbox.changed': toLifecycle,
        'conflicts.changed': toLifecycle,
        'net.lost': toLifecycle,
        'net.restored': toLifecycle,
        'auth.expired': toLifecycle,
        'auth.renewed': toLifecycle,
        'sync.paused': toLifecycle,
        'sync.resumed': toLifecycle,
        'remote.changed': toLifecycle,
        'sync.requested': toLifecycle,
        'flush.requested': toLifecycle,
        'quota.exceeded': toLifecycle,
        'quota.freed': toLifecycle,
        'probe.requested': toConnectivity,
        'request.failed': toConnectivity,
        'request.succeeded': toConnectivity,
      },
      states: {
        lifecycle: {
          description: 'What the sync is doing.',
          meta: { label: 'Lifecycle', help: 'Sends and fetches changes.' },
          initial: 'up',
          states: {
            up: {
              description: 'At work.',
              meta: { label: 'Lifecycle at work', help: 'Changes are sent and fetched.' },
              invoke: {
                id: 'lifecycle',
                systemId: 'lifecycle',
                src: 'lifecycle',
                input: lifecycleInput,
                onError: crashOf('lifecycle'),
              },
            },
            down: {
              description:
                'It broke, and starts again in a moment from what storage and the last events said.',
              meta: { label: 'Lifecycle restarting', help: 'Something broke and is being started again.' },
              after: { restartDelay: { target: 'up' } },
            },
          },
        },
        connectivity: {
          description: 'Whether the server can be reached.',
          meta: { label: 'Connectivity', help: 'Watches whether the server can be reached.' },
          initial: 'up',
          states: {
            up: {
              description: 'At work.',
              meta: { label: 'Connectivity at work', help: 'It is known whether the server can be reached.' },
              invoke: {
                id: 'connectivity',
                systemId: 'connectivity',
                src: 'connectivity',
                input: ({ context, self }) => ({ ...connectivityInput({ context }), listener: self }),
                onError: crashOf('connectivity'),
              },
            },
            down: {
              description: 'It broke, and starts again in a moment from what it told last.',
              meta: { label: 'Connectivity restarting', help: 'Something broke and is being started again.' },
              after: { restartDelay: { target: 'up' } },
            },
          },
        },
      },
    },
    failed: {
      description: 'Storage could not be read, or a part broke too often. Only a restart leads on.',
      meta: { label: 'Stopped by an error', help: 'The sync stopped. Your changes are saved here.' },
      tags: 'failed',
      on: { 'engine.restarted': { target: 'booting', actions: 'forgetHeard' } },
    },
    stopping: {
      description: 'The parts have stopped; what is still being written is awaited, then storage is closed.',
      meta: { label: 'Stopping', help: 'The last writes are being finished.' },
      tags: 'stopped',
      invoke: {
        id: 'shutdown',
        src: 'shutdown',
        input: {},
        onDone: { target: 'stopped' },
        onError: { target: 'stopped', actions: 'noteFault' },
      },
      on: { 'engine.stop': {} },
    },
    stopped: {
      description: 'Nothing is written any more.',
      meta: { label: 'Stopped', help: 'The sync is off.' },
      tags: 'stopped',
      type: 'final',
    },
  },
})

type Chart = typeof engineChart

/** A name, so that the declarations of what holds an engine stay short. */
export interface EngineMachine extends Chart {}

/** The engine with all its parts: leaving one out is an error of the compiler. */
export const createEngineMachine = (actors: EngineActors): EngineMachine => engineChart.provide({ actors })
