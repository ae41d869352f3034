export { asFault, type Fault } from './fault.ts'
export {
  defaultTiming,
  type LifecycleStateName,
  lifecycleContextFor,
  lifecycleStates,
  lifecycleValueOf,
  noCounts,
} from './lifecycle/lifecycle.context.ts'
export { createLifecycleMachine, lifecycleChart } from './lifecycle/lifecycle.machine.ts'
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
