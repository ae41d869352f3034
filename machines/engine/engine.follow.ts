import type { ActorRefFrom } from 'xstate'
import type { LifecycleMachine } from '../lifecycle/lifecycle.machine.ts'
import type { EngineMachine } from './engine.machine.ts'

export type EngineActor = ActorRefFrom<EngineMachine>
export type LifecycleActor = ActorRefFrom<LifecycleMachine>

/**
 * Attaches to the lifecycle of an engine, and to each that takes its place after a crash: a listener of the old one
 * would hear nothing any more. `attach` answers how to detach again. Before anything can happen to a new lifecycle it
 * is attached to.
 */
export const followLifecycle = (
  engine: EngineActor,
  attach: (lifecycle: LifecycleActor) => () => void,
): (() => void) => {
  let current: LifecycleActor | undefined
  let detach = () => {}
  const follow = (lifecycle: LifecycleActor | undefined) => {
    if (lifecycle === current) return
    detach()
    current = lifecycle
    detach = lifecycle ? attach(lifecycle) : () => {}
  }
  const subscription = engine.subscribe({
    next: ({ children }) => follow(children.lifecycle),
    error: () => follow(undefined),
  })
  follow(engine.getSnapshot().children.lifecycle)
  return () => {
    subscription.unsubscribe()
    follow(undefined)
  }
}
