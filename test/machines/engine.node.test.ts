import { afterEach, expect, test } from 'vitest'
import {
  defaultSupervision,
  type EngineEvent,
  engineChart,
  followLifecycle,
  noCounts,
} from '../../machines/index.ts'
import { describeTransition, transitionsOf } from './support/chart.ts'
import { EngineWorld } from './support/engine-world.ts'
import { engineEvents } from './support/events.ts'

const { restartBudget, restartDelayMs, restartWindowMs } = defaultSupervision
const taken = new Set<string>()
const worlds: EngineWorld[] = []

const worldOf = (): EngineWorld => {
  const world = new EngineWorld()
  worlds.push(world)
  return world
}

const running = async (): Promise<EngineWorld> => {
  const world = await worldOf().start()
  expect(world.state).toBe('running')
  return world
}

afterEach(() => {
  for (const world of worlds.splice(0)) {
    expect(world.rootError).toBeUndefined()
    for (const transition of world.trace.taken) taken.add(transition)
    world.actor.stop()
  }
})

test('ENG01 storage is read first; then the parts run, found by their names', async () => {
  const world = worldOf()
  world.facts = { ...world.facts, counts: { ...noCounts, rejected: 2, revision: 5 }, pausedByUser: true }
  await world.start()
  expect(world.calls).toEqual(['recover'])
  expect(world.emitted).toEqual([{ type: 'engine.ready' }])
  expect(world.lifecycle?.getSnapshot().value).toBe('pausedByUser')
  expect(world.lifecycle?.getSnapshot().context.counts.rejected).toBe(2)
  expect(world.actor.system.get('lifecycle')).toBe(world.lifecycle)
  expect(world.actor.system.get('connectivity')).toBe(world.connectivity)
})

test('ENG02 storage that cannot be read is a failure with a reason, and a restart leads on', async () => {
  const world = worldOf()
  world.recoverFails = { kind: 'fatal', code: 'FORMAT_TOO_NEW' }
  await world.start()
  expect(world.state).toBe('failed')
  expect(world.actor.getSnapshot().hasTag('failed')).toBe(true)
  expect(world.actor.getSnapshot().context.fault).toEqual({ kind: 'fatal', code: 'FORMAT_TOO_NEW' })
  world.recoverFails = undefined
  world.actor.send({ type: 'engine.restarted' })
  await world.clock.advance(200)
  expect(world.state).toBe('running')
  expect(world.actor.getSnapshot().context.fault).toBeNull()
})

test('ENG03 what is sent to the engine reaches the part it is for', async () => {
  const world = await running()
  expect(world.lifecycle?.getSnapshot().value).toBe('idle')
  world.actor.send({ type: 'sync.requested' })
  expect(world.lifecycle?.getSnapshot().value).toEqual({ uploading: 'claiming' })
  world.actor.send({ type: 'probe.requested' })
  expect(world.connectivity?.getSnapshot().value).toBe('probing')
})

test('ENG04 a lost network pauses the lifecycle, and the found one wakes it', async () => {
  const world = await running()
  world.reachable = false
  world.actor.send({ type: 'sync.requested' })
  await world.clock.advance(200)
  expect(world.lifecycle?.getSnapshot().value).toBe('pausedOffline')
  expect(world.connectivity?.getSnapshot().value).toBe('offline')
  world.reachable = true
  await world.clock.advance(20_000)
  expect(world.connectivity?.getSnapshot().value).toBe('online')
  expect(world.lifecycle?.getSnapshot().value).toBe('idle')
})

test('ENG05 nobody waits for ever where the network was there all the time', async () => {
  const world = await running()
  world.reachable = false
  world.actor.send({ type: 'sync.requested' })
  await world.clock.advance(25)
  world.reachable = true
  await world.clock.advance(200)
  expect(world.lifecycle?.getSnapshot().value).toBe('idle')
})

test.each(['lifecycle', 'connectivity'] as const)(
  'ENG06 a %s that breaks comes back; the other goes on',
  async (child) => {
    const world = await running()
    const other = child === 'lifecycle' ? 'connectivity' : 'lifecycle'
    const before = { child: world[child], other: world[other] }
    world.break(child)
    expect(world[child]).toBeUndefined()
    expect(world.emitted.at(-1)).toMatchObject({
      type: 'engine.degraded',
      child,
      error: new Error('a defect'),
    })
    await world.clock.advance(restartDelayMs)
    expect(world[child]).toBeDefined()
    expect(world[child]).not.toBe(before.child)
    expect(world[other]).toBe(before.other)
    expect(world.actor.system.get(child)).toBe(world[child])
  },
)

test('ENG07 what was heard while a part was down is what it starts from', async () => {
  const world = await running()
  world.break('lifecycle')
  const counts = { ...noCounts, rejected: 1, revision: 9 }
  const events: EngineEvent[] = [
    { type: 'outbox.changed', counts },
    { type: 'conflicts.changed', counts: { ...noCounts, revision: 8 } },
    { type: 'auth.expired' },
    { type: 'sync.paused' },
    { type: 'net.lost' },
  ]
  for (const event of events) world.actor.send(event)
  world.actor.send({ type: 'sync.requested' })
  expect(world.emitted.at(-1)).toEqual({ type: 'engine.undelivered', event: { type: 'sync.requested' } })
  await world.clock.advance(restartDelayMs)
  expect(world.lifecycle?.getSnapshot().context).toMatchObject({
    counts,
    authed: false,
    pausedByUser: true,
    online: false,
  })
  for (const type of ['auth.renewed', 'sync.resumed', 'net.restored'] as const) world.actor.send({ type })
  await world.clock.advance(200)
  expect(world.lifecycle?.getSnapshot().value).toBe('idle')
})

test('ENG08 facts that come while storage is being read are not lost, and the newer counts win', async () => {
  const world = worldOf()
  world.facts = { ...world.facts, counts: { ...noCounts, rejected: 1, revision: 3 } }
  world.actor.start()
  world.actor.send({ type: 'sync.paused' })
  world.actor.send({ type: 'outbox.changed', counts: { ...noCounts, rejected: 2, revision: 4 } })
  await world.clock.advance(200)
  expect(world.lifecycle?.getSnapshot().value).toBe('pausedByUser')
  expect(world.lifecycle?.getSnapshot().context.counts.rejected).toBe(2)
})

test.each(['lifecycle', 'connectivity'] as const)(
  'ENG09 a %s that breaks again and again is given up',
  async (child) => {
    const world = await running()
    for (let crash = 0; crash < restartBudget; crash++) {
      world.break(child)
      await world.clock.advance(restartDelayMs + 200)
      expect(world.state).toBe('running')
    }
    world.break(child)
    expect(world.state).toBe('failed')
    world.actor.send({ type: 'engine.restarted' })
    await world.clock.advance(200)
    expect(world.state, 'with a whole budget').toBe('running')
    world.break(child)
    await world.clock.advance(restartDelayMs)
    expect(world[child]).toBeDefined()
  },
)

test('ENG10 one crash now and then is not held against a part', async () => {
  const world = await running()
  for (let crash = 0; crash < 3 * restartBudget; crash++) {
    world.break('lifecycle')
    await world.clock.advance(restartWindowMs / 2)
  }
  expect(world.state).toBe('running')
})

test('ENG11 stopping ends what is under way, waits for storage to close, and is final', async () => {
  const world = await running()
  world.actor.send({ type: 'sync.requested' })
  world.actor.send({ type: 'engine.stop' })
  expect(world.state).toBe('stopping')
  expect(world.aborted).toContain('claimBatch')
  expect(world.lifecycle).toBeUndefined()
  world.actor.send({ type: 'engine.stop' })
  await world.clock.advance(200)
  expect(world.state).toBe('stopped')
  expect(world.actor.getSnapshot().status).toBe('done')
  expect(world.calls.filter((call) => call === 'shutdown')).toHaveLength(1)
})

test('ENG12 it stops from everywhere, even where storage does not close', async () => {
  const booting = worldOf()
  booting.actor.start()
  booting.actor.send({ type: 'engine.stop' })
  const failed = worldOf()
  failed.recoverFails = new Error('blocked')
  await failed.start()
  failed.shutdownFails = true
  failed.actor.send({ type: 'engine.stop' })
  for (const world of [booting, failed]) {
    await world.clock.advance(200)
    expect(world.state).toBe('stopped')
  }
  expect(booting.aborted).toContain('recover')
  expect(failed.actor.getSnapshot().context.fault).toEqual({ kind: 'fatal', code: 'UNEXPECTED' })
})

test('ENG13 a listener of the lifecycle follows it through a crash', async () => {
  const world = worldOf()
  const finished: number[] = []
  let attached = 0
  const unfollow = followLifecycle(world.actor, (lifecycle) => {
    attached += 1
    const subscription = lifecycle.on('cycle.finished', () => finished.push(attached))
    return () => subscription.unsubscribe()
  })
  await world.start()
  expect(finished).toEqual([1])
  world.break('lifecycle')
  await world.clock.advance(restartDelayMs + 200)
  expect(finished).toEqual([1, 2])
  unfollow()
  world.actor.send({ type: 'sync.requested' })
  await world.clock.advance(200)
  expect(finished).toEqual([1, 2])
})

test('ENG43 every transition of the chart is taken', async () => {
  const counts = { ...noCounts, revision: 1 }
  const sendAll = (world: EngineWorld, skip: EngineEvent['type'][]) => {
    for (const type of engineEvents) {
      if (skip.includes(type)) continue
      world.actor.send({ type, counts } as EngineEvent)
    }
  }
  const world = worldOf()
  world.recoverFails = new Error('blocked')
  await world.start()
  sendAll(world, ['engine.stop', 'engine.restarted'])
  world.recoverFails = undefined
  world.actor.send({ type: 'engine.restarted' })
  world.actor.send({ type: 'engine.restarted' })
  await world.clock.advance(200)
  sendAll(world, ['engine.stop', 'quota.freed', 'request.succeeded'])
  await world.clock.advance(200)
  for (const type of ['quota.freed', 'request.succeeded'] as const) world.actor.send({ type })
  world.actor.send({ type: 'engine.stop' })
  world.actor.send({ type: 'engine.stop' })
  await world.clock.advance(200)
  for (const transition of world.trace.taken) taken.add(transition)
  const missing = transitionsOf(engineChart)
    .map(describeTransition)
    .filter((own) => !taken.has(own))
  expect(missing).toEqual([])
})
