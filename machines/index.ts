export {
  type ConnectivityMachine,
  connectivityChart,
  createConnectivityMachine,
} from './connectivity/connectivity.machine.ts'
export type {
  ConnectivityActors,
  ConnectivityContext,
  ConnectivityEvent,
  ConnectivityInput,
  ConnectivityTag,
  NetEvent,
  NetListener,
} from './connectivity/connectivity.types.ts'
export { type EngineActor, followLifecycle, type LifecycleActor } from './engine/engine.follow.ts'
export { createEngineMachine, type EngineMachine, engineChart } from './engine/engine.machine.ts'
export { defaultSupervision } from './engine/engine.setup.ts'
export type {
  EngineActors,
  EngineChild,
  EngineContext,
  EngineEmitted,
  EngineEvent,
  EngineInput,
  EngineTag,
  Facts,
  ReportEvent,
  Supervision,
} from './engine/engine.types.ts'
export { asFault, type Fault } from './fault.ts'
export {
  defaultTiming,
  type LifecycleStateName,
  lifecycleContextFor,
  lifecycleStates,
  lifecycleValueOf,
  noCounts,
} from './lifecycle/lifecycle.context.ts'
export {
  createLifecycleMachine,
  type LifecycleMachine,
  lifecycleChart,
} from './lifecycle/lifecycle.machine.ts'
export type {
  ApplyOutput,
  ClaimOutput,
  Counts,
  LifecycleActors,
  LifecycleContext,
  LifecycleEmitted,
  LifecycleEvent,
  LifecycleInput,
  LifecycleTag,
  LifecycleTiming,
  SettleOutput,
} from './lifecycle/lifecycle.types.ts'
export type { StateMeta } from './state-meta.ts'
