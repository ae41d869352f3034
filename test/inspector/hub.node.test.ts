import { expect, test } from 'vitest'
import type { AnyActorRef, InspectionEvent } from 'xstate'
import { createActor, createMachine, fromPromise } from 'xstate'
import { inspectionHub } from '../../src/inspector/index.ts'
import { serializeInspection } from '../../src/inspector/stately.ts'

const secret = 'a client’s phone number'

const busy = createMachine({
  id: 'busy',
  context: { secret },
  initial: 'waiting',
  states: {
    waiting: { on: { go: 'working' } },
    working: {
      invoke: {
        id: 'request',
        src: fromPromise(async () => await Promise.resolve('done')),
        onDone: 'waiting',
      },
    },
  },
})

const actorsIn = (events: readonly InspectionEvent[]) =>
  events.flatMap((event) => (event.type === '@xstate.actor' ? [(event.actorRef as AnyActorRef).id] : []))

test('INS1 a listener that comes late is told of the actors that live, and of all that follows', async () => {
  const hub = inspectionHub()
  const actor = createActor(busy, { id: 'root', inspect: hub.inspect }).start()
  for (let round = 0; round < 3; round += 1) {
    actor.send({ type: 'go' })
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const heard: InspectionEvent[] = []
  const detach = hub.attach((event) => heard.push(event))
  expect(actorsIn(heard), 'the requests of before are over').toEqual(['root'])

  actor.send({ type: 'go' })
  expect(actorsIn(heard)).toEqual(['root', 'request'])
  expect(heard.some((event) => event.type === '@xstate.snapshot')).toBe(true)

  const before = heard.length
  detach()
  actor.send({ type: 'go' })
  expect(heard).toHaveLength(before)
})

test('INS1 what is no inspection event is left out, and many requests are not remembered', async () => {
  const hub = inspectionHub()
  const actor = createActor(busy, { inspect: hub.inspect }).start()
  for (let round = 0; round < 200; round += 1) {
    actor.send({ type: 'go' })
    await Promise.resolve()
  }
  await new Promise((resolve) => setTimeout(resolve, 5))
  for (const nonsense of [null, 'text', {}, { type: 'other' }]) hub.inspect(nonsense)
  const heard: InspectionEvent[] = []
  hub.attach((event) => heard.push(event))
  expect(actorsIn(heard)).toHaveLength(1)
})

const actorEvent = (definition: string | undefined, snapshot: object) =>
  ({
    type: '@xstate.actor',
    name: 'busy',
    sessionId: 'x:1',
    rootId: 'x:1',
    parentId: undefined,
    id: '1',
    createdAt: '0',
    _version: '0.7.2',
    definition,
    snapshot,
  }) as unknown as Parameters<typeof serializeInspection>[0]

test('INS2 the initial context does not leave with the definition', () => {
  const definition = JSON.stringify({ id: 'busy', context: { secret }, states: { waiting: {} } })
  const sent = serializeInspection(actorEvent(definition, { status: 'active', value: 'waiting' }))
  expect(JSON.stringify(sent)).not.toContain(secret)
  expect(sent).toMatchObject({ definition: JSON.stringify({ id: 'busy', states: { waiting: {} } }) })
  expect(serializeInspection(sent), 'it runs again over what waited').toEqual(sent)
})

test('INS2 a definition that is no JSON goes as an empty one', () => {
  expect(serializeInspection(actorEvent(`{"context":"${secret}`, {}))).toMatchObject({ definition: '{}' })
  expect(serializeInspection(actorEvent(undefined, {}))).not.toHaveProperty('definition')
})

test('INS3 what leaves is plain: no functions, no cycles, no endless depth', () => {
  const cyclic: Record<string, unknown> = { now: () => 0, big: 1n, shared: { a: 1 } }
  cyclic.self = cyclic
  cyclic.again = cyclic.shared
  let deep: Record<string, unknown> = {}
  for (let level = 0; level < 100; level += 1) deep = { deep }
  const sent = serializeInspection(actorEvent('{}', { context: { cyclic, deep } }))
  const { context } = (sent as unknown as { snapshot: { context: Record<string, unknown> } }).snapshot
  expect(context.cyclic).toEqual({ shared: { a: 1 }, again: { a: 1 } })
  expect(JSON.stringify(context.deep).split('deep').length).toBeLessThan(20)
  expect(() => structuredClone(sent)).not.toThrow()
})

test('INS4 a live actor’s snapshot can be sent', () => {
  const events: InspectionEvent[] = []
  const hub = inspectionHub()
  hub.attach((event) => events.push(event))
  createActor(busy, { inspect: hub.inspect }).start()
  const [first] = events.filter((event) => event.type === '@xstate.snapshot')
  const snapshot = first?.type === '@xstate.snapshot' ? first.snapshot : {}
  const sent = serializeInspection(actorEvent(JSON.stringify(busy.config), snapshot))
  expect(sent).toMatchObject({ snapshot: { value: 'waiting', status: 'active' } })
  expect(() => structuredClone(sent)).not.toThrow()
})
