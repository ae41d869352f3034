import type { PromiseActorLogic } from 'xstate'
import type { ConnectivityMachine } from '../connectivity/connectivity.machine.ts'
import type { ConnectivityEvent, NetEvent } from '../connectivity/connectivity.types.ts'
import type { Fault } from '../fault.ts'
import type { LifecycleMachine } from '../lifecycle/lifecycle.machine.ts'
import type { LifecycleEvent, LifecycleInput, LifecycleTiming } from '../lifecycle/lifecycle.types.ts'

/** What storage knows at the start. */
export type Facts = Omit<LifecycleInput, 'online' | 'now' | 'timing'>

export interface Supervision {
  /** How long a part that broke stays away, ms. */
  restartDelayMs: number
  /** A part that breaks more often than this within the window is given up, and the engine with it. */
  restartBudget: number
  restartWindowMs: number
}

export interface EngineInput {
  now: () => number
  /** Of the lifecycle. */
  timing: LifecycleTiming
  connectivity: { linkUp: boolean; probeEveryMs: number; flapWindowMs: number }
  supervision: Supervision
}

export type EngineChild = 'lifecycle' | 'connectivity'

export interface EngineContext extends EngineInput {
  recovered: Facts | null
  /** What events have said since: newer than `recovered`, and what a part is told when it starts again. */
  heard: Partial<Pick<LifecycleInput, 'counts' | 'online' | 'authed' | 'pausedByUser'>>
  /** When each part broke, within the window. */
  crashes: Record<EngineChild, number[]>
  /** Why it failed. */
  fault: Fault | null
}

/** Of connectivity only what the engine's host may say: the link's own events come from its source. */
export type ReportEvent = Extract<
  ConnectivityEvent,
  { type: 'probe.requested' | 'request.failed' | 'request.succeeded' }
>

export type EngineEvent =
  | LifecycleEvent
  | NetEvent
  | ReportEvent
  | { type: 'engine.stop' }
  /** Try once more after `failed`. */
  | { type: 'engine.restarted' }

export type EngineEmitted =
  | { type: 'engine.ready' }
  /** A part broke. It starts again by itself, unless the snapshot has the tag `failed`. */
  | { type: 'engine.degraded'; child: EngineChild; error: unknown }
  /** There was nobody to take this event. Facts are remembered all the same; a wish is not. */
  | { type: 'engine.undelivered'; event: EngineEvent }

export type EngineTag = 'starting' | 'running' | 'failed' | 'stopped'

export type EngineActors = {
  /** Opens storage and reads the facts. */
  recover: PromiseActorLogic<Facts, Record<string, never>>
  /** Closes everything; also after a `recover` that was left half-way. When it is through, nothing is written any more. */
  shutdown: PromiseActorLogic<void, Record<string, never>>
  lifecycle: LifecycleMachine
  connectivity: ConnectivityMachine
}
