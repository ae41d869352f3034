import type { InspectionEvent } from 'xstate'
import { createActor, fromCallback, fromPromise } from 'xstate'
import { createConnectivityMachine } from '../../machines/connectivity/connectivity.machine.ts'
import type { EngineActor } from '../../machines/engine/engine.follow.ts'
import { createEngineMachine } from '../../machines/engine/engine.machine.ts'
import { defaultSupervision } from '../../machines/engine/engine.setup.ts'
import type { Facts } from '../../machines/engine/engine.types.ts'
import { createLifecycleMachine } from '../../machines/lifecycle/lifecycle.machine.ts'
import type { Counts, LifecycleActors, LifecycleTiming } from '../../machines/lifecycle/lifecycle.types.ts'
import type { ClockPort } from '../ports/clock.ts'
import type { ConnectivityPort } from '../ports/connectivity.ts'
import type { StoreState } from '../stores/store-state.ts'
import type { Calls } from './calls.ts'
import { asSyncError, isLinkFault } from './classify.ts'

/** While offline the server is tried this often whatever the link says (`navigator.onLine` lies). */
const PROBE_EVERY_MS = 10_000
/** A link that is back within this was never away. */
const FLAP_WINDOW_MS = 300

export const countsOf = (state: StoreState): Counts => ({
  unsent: state.counts.unsent,
  sent: state.counts.sent,
  conflicts: state.openConflicts,
  rejected: state.counts.rejected,
  revision: state.revision,
})

export const factsOf = (state: StoreState): Facts => ({
  counts: countsOf(state),
  authed: true,
  pausedByUser: state.pausedByUser,
  retryAt: state.retry?.at ?? null,
  retryForced: state.retry?.forced ?? false,
})

export interface RootHost {
  clock: ClockPort
  timing: LifecycleTiming
  connectivity: ConnectivityPort
  calls: Calls
  lifecycle: LifecycleActors
  recover(): Promise<Facts>
  shutdown(): Promise<void>
  inspect(event: InspectionEvent): void
}

/** A server that answers at all is reachable, whatever it says. */
const probe = async (calls: Calls, signal: AbortSignal): Promise<{ reachable: boolean }> => {
  try {
    await calls.upload({ operations: [] }, signal)
    return { reachable: true }
  } catch (error) {
    return { reachable: !isLinkFault(asSyncError(error)) && !signal.aborted }
  }
}

/** The charts with their parts. Not started. */
export const createRoot = (host: RootHost): EngineActor => {
  const connectivity = createConnectivityMachine({
    probe: fromPromise(({ signal }) => probe(host.calls, signal)),
    linkSource: fromCallback(({ sendBack }) => {
      const tell = (isUp: boolean) => sendBack({ type: isUp ? 'link.up' : 'link.down' })
      const stop = host.connectivity.subscribe(tell)
      tell(host.connectivity.isUp())
      return stop
    }),
  })
  const machine = createEngineMachine({
    recover: fromPromise(() => host.recover()),
    shutdown: fromPromise(() => host.shutdown()),
    lifecycle: createLifecycleMachine(host.lifecycle),
    connectivity,
  })
  return createActor(machine, {
    clock: {
      setTimeout: (run, ms) => host.clock.setTimeout(run as () => void, ms),
      clearTimeout: (handle) => host.clock.clearTimeout(handle),
    },
    inspect: host.inspect,
    input: {
      now: () => host.clock.now(),
      timing: host.timing,
      connectivity: {
        linkUp: host.connectivity.isUp(),
        probeEveryMs: PROBE_EVERY_MS,
        flapWindowMs: FLAP_WINDOW_MS,
      },
      supervision: defaultSupervision,
    },
  })
}
