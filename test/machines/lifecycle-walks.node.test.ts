import { describe, expect, test } from 'vitest'
import { createActor } from 'xstate'
import {
  lifecycleChart,
  lifecycleContextFor,
  lifecycleStates,
  lifecycleValueOf,
} from '../../machines/index.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { describeTransition, leavesOf, pathOf, transitionsOf } from './support/chart.ts'
import { lifecycleEvents } from './support/events.ts'
import { LifecycleWorld } from './support/lifecycle-world.ts'
import { POLL_MS, walk } from './support/walk.ts'

/** As many as the plan asks for; each has 60 hostile steps. */
const WALKS = 200

const taken = new Set<string>()

describe('random walks', () => {
  test(`LIF40 ${WALKS} hostile runs: never a request without leave, never a broken chart, and all heals`, async () => {
    for (let seed = 1; seed <= WALKS; seed++) {
      const world = await walk(seed)
      for (const transition of world.trace.taken) taken.add(transition)
      const { unsent, sent, conflicts } = world.counts
      expect(world.violations, `seed ${seed}`).toEqual([])
      expect({ unsent, sent }, `seed ${seed}`).toEqual({ unsent: 0, sent: 0 })
      expect(world.state, `seed ${seed}`).toBe(conflicts > 0 ? 'conflict.awaitingDecision' : 'idle')
      expect(world.backend.cursor, `seed ${seed} knows all news`).toBe(world.backend.server.head)
      world.actor.stop()
    }
  }, 240_000)

  test('LIF41 the same seed gives the same run, another seed another one', async () => {
    const textOf = async (seed: number) => {
      const world = await walk(seed)
      world.actor.stop()
      return world.trace.text
    }
    const first = await textOf(7)
    expect(await textOf(7)).toBe(first)
    expect(await textOf(8)).not.toBe(first)
  })

  test('LIF42 once healed, an hour passes with polls and nothing else', async () => {
    const world = await walk(3)
    const since = world.clock.now()
    await world.clock.advance(3_600_000)
    const later = world.calls.filter((call) => call.at > since)
    expect(new Set(later.map((call) => call.name))).toEqual(new Set(['pullPage', 'applyPage']))
    expect(later.length).toBeLessThanOrEqual(2 * (3_600_000 / POLL_MS + 1))
    world.actor.stop()
  })
})

describe('coverage', () => {
  /** Where walks seldom come by. */
  const seldom: Record<string, (world: LifecycleWorld) => Promise<void>> = {
    'a write after the window has closed, before its timer': async (world) => {
      world.write()
      await world.until('batching')
      world.clock.jump(2_000)
      world.write()
      await world.clock.advance(1)
    },
    'room runs out during a triage': async (world) => {
      world.write(1, 'conflict')
      await world.until('conflict.triaging')
      world.send('quota.exceeded')
    },
    'a triage without room': async (world) => {
      world.next('triage', { fault: { kind: 'quota' } })
      world.write(1, 'conflict')
      await world.until('quotaExceeded')
    },
    'a triage that needs a token': async (world) => {
      world.next('triage', { fault: { kind: 'auth' } })
      world.write(1, 'conflict')
      await world.until('authRequired.waiting')
    },
    'a triage without network': async (world) => {
      world.next('triage', { fault: { kind: 'offline' } })
      world.write(1, 'conflict')
      await world.until('pausedOffline')
    },
    'every wake of a waiting conflict': async (world) => {
      world.write(1, 'conflict')
      await world.until('conflict.awaitingDecision')
      world.tell('conflicts.changed')
      for (const request of ['flush.requested', 'sync.requested'] as const) {
        world.send(request)
        await world.until('conflict.awaitingDecision')
      }
      world.send('quota.exceeded')
    },
    'news of the outbox without room': async (world) => {
      world.send('quota.exceeded')
      for (const type of ['outbox.changed', 'conflicts.changed'] as const) {
        world.tell(type)
        world.backend.add(1, 'unsent')
        world.tell(type)
        await world.until('quotaExceeded')
      }
    },
    'a stale page': async (world) => {
      world.next('applyPage', { output: { applied: 0, conflicts: 0, hasMore: false, stale: true } })
      world.send('remote.changed')
      await world.until('uploading.claiming')
    },
  }

  test('LIF43 every transition of the chart is taken', async () => {
    for (const story of Object.values(seldom)) {
      const world = new LifecycleWorld()
      await world.until('idle')
      await story(world)
      for (const transition of world.trace.taken) taken.add(transition)
      expect(world.violations).toEqual([])
      world.actor.stop()
    }
    const missing = transitionsOf(lifecycleChart)
      .map(describeTransition)
      .filter((own) => !taken.has(own))
    expect(missing).toEqual([])
  })
})

describe('stories', () => {
  test('LIF50 a recorded run enters each of the six named states by its own event', async () => {
    const world = new LifecycleWorld()
    await world.until('idle')
    world.write(1)
    await world.until('uploading.claiming')
    world.next('pushBatch', {
      fault: { kind: 'transient', retryAt: world.clock.now() + 2_000, forced: false },
    })
    await world.until('retry')
    world.send('net.lost')
    world.send('net.restored')
    await world.until('idle')
    // Another tab found it.
    world.backend.add(1, 'conflict')
    world.tell('conflicts.changed')
    await world.until('conflict.awaitingDecision')
    const named = ['idle', 'batching', 'uploading', 'retry', 'pausedOffline', 'conflict']
    const entered = world.trace.steps
      .filter(({ to }) => named.includes(to))
      .map(({ event, to }) => `${to} by ${event}`)
    // Printed, as whoever reads a test run wants to see it.
    console.info(entered.join('\n'))
    expect(entered).toEqual([
      'idle by xstate.done.actor.applyPage',
      'batching by outbox.changed',
      'uploading by xstate.after.batchWindow.lifecycle.batching',
      'retry by xstate.error.actor.pushBatch',
      'pausedOffline by net.lost',
      'retry by net.restored',
      'uploading by xstate.after.retryDelay.lifecycle.retry',
      'idle by xstate.done.actor.applyPage',
      'conflict by conflicts.changed',
    ])
    world.actor.stop()
  })

  test('LIF51 the list of states is complete', () => {
    expect([...lifecycleStates].sort()).toEqual(leavesOf(lifecycleChart).map(pathOf).sort())
  })

  test.each(lifecycleStates)(
    'LIF52 %s can be shown without starting anything, and answers events',
    (state) => {
      const clock = new VirtualClock()
      const context = lifecycleContextFor(state, { now: clock.now })
      const snapshot = lifecycleChart.resolveState({ value: lifecycleValueOf(state), context })
      // The input is not read, but the compiler wants it.
      const actor = createActor(lifecycleChart, { clock, snapshot, input: context }).start()
      expect(actor.getSnapshot().matches(lifecycleValueOf(state))).toBe(true)
      expect(actor.getSnapshot().children).toEqual({})
      expect(clock.pending).toBe(0)
      for (const type of lifecycleEvents)
        expect(() => actor.getSnapshot().can({ type } as never)).not.toThrow()
      actor.send({ type: 'sync.paused' })
      expect(actor.getSnapshot().value).toBe('pausedByUser')
    },
  )
})
