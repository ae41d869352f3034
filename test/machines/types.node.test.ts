/** Checked by the compiler; running them shows only that the file is looked at. */
import { expectTypeOf, test } from 'vitest'
import {
  type ConnectivityActors,
  createConnectivityMachine,
  createEngineMachine,
  createLifecycleMachine,
  type EngineActors,
  type LifecycleActors,
  type LifecycleStateName,
  type LifecycleTag,
} from '../../machines/index.ts'
import type { LifecycleState, LifecycleTag as PublicTag } from '../../src/engine/types.ts'

const without = <Parts extends object, Key extends keyof Parts>(_key: Key) => ({}) as Omit<Parts, Key>

test('LIF60 a lifecycle lacks no part', () => {
  // @ts-expect-error triage is missing
  createLifecycleMachine(without<LifecycleActors, 'triage'>('triage'))
  // @ts-expect-error none is optional
  createLifecycleMachine({})
  expectTypeOf<Required<LifecycleActors>>().toEqualTypeOf<LifecycleActors>()
})

test('NET60 a connectivity lacks no part', () => {
  // @ts-expect-error probe is missing
  createConnectivityMachine(without<ConnectivityActors, 'probe'>('probe'))
  expectTypeOf<Required<ConnectivityActors>>().toEqualTypeOf<ConnectivityActors>()
})

test('ENG60 an engine lacks no part', () => {
  // @ts-expect-error shutdown is missing
  createEngineMachine(without<EngineActors, 'shutdown'>('shutdown'))
  expectTypeOf<Required<EngineActors>>().toEqualTypeOf<EngineActors>()
})

test('LIF61 the public words for states and tags are those of the chart', () => {
  type TopLevel = LifecycleStateName extends infer Name
    ? Name extends `${infer Parent}.${string}`
      ? Parent
      : Name
    : never
  // `deciding` is left in the step in which it is entered, so it is no state to rest in.
  expectTypeOf<TopLevel | 'deciding'>().toEqualTypeOf<LifecycleState>()
  expectTypeOf<LifecycleTag>().toEqualTypeOf<PublicTag>()
})
