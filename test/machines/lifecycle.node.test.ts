import { describe, expect, test } from 'vitest'
import { defaultTiming } from '../../machines/index.ts'
import { START, type WorldOptions, worldsOfThisFile } from './support/lifecycle-world.ts'

const { worldOf, idleWorld } = worldsOfThisFile()

describe('what comes first', () => {
  test('LIF01 deciding goes by paused, offline, signed out, waiting, uploads, no room, news, conflicts, idle', async () => {
    const soon = { retryAt: START + 5_000 }
    const firstOf = (input: WorldOptions['input'], unsent = 1) => worldOf({ input, unsent }).state
    expect(firstOf({ pausedByUser: true, online: false, authed: false, ...soon })).toBe('pausedByUser')
    expect(firstOf({ online: false, authed: false, ...soon })).toBe('pausedOffline')
    expect(firstOf({ authed: false, ...soon })).toBe('authRequired.waiting')
    expect(firstOf(soon)).toBe('retry')
    expect(firstOf({})).toBe('batching')
    expect(firstOf({}, 0)).toBe('downloading.pulling')
    const disputed = await idleWorld()
    disputed.write(1, 'conflict')
    await disputed.until('conflict.triaging')
    await disputed.until('conflict.awaitingDecision')
  })

  test('LIF02 the first download is due at once, and idle asks again after the poll time', async () => {
    const world = await idleWorld()
    expect(world.namesOf()).toEqual(['pullPage', 'applyPage'])
    await world.clock.advance(10 * (defaultTiming.pollMs + 10))
    expect(world.countOf('pullPage')).toBe(11)
    expect(world.countOf('claimBatch')).toBe(0)
  })
})

describe('a cycle', () => {
  test('LIF03 it sends again what was sent, uploads what is unsent, downloads to the end, and says so', async () => {
    const world = worldOf({ unsent: 60, timing: { batchSize: 50 } })
    world.backend.operations.set(1, 'sent')
    world.write(0)
    world.backend.server.head = 5
    await world.until('idle')
    // One batch of what was sent, two of the rest, a claim that finds nothing; then 64 news, two to a page.
    expect(world.countOf('pushBatch')).toBe(3)
    expect(world.namesOf().filter((name) => name === 'claimBatch')).toHaveLength(4)
    expect(world.namesOf().slice(-2)).toEqual(['pullPage', 'applyPage'])
    expect(world.backend.cursor).toBe(world.backend.server.head)
    expect(world.emitted.map(({ type }) => type)).toEqual([
      'cycle.settled',
      'cycle.settled',
      'cycle.settled',
      'cycle.finished',
    ])
    expect(world.emitted[0]).toEqual({ type: 'cycle.settled', applied: 1, conflicts: 0, rejected: 0 })
  })

  test('LIF04 what cannot be sent is not asked for again until something changes', async () => {
    const world = await idleWorld()
    world.write(3, 'blocked')
    await world.until('uploading.claiming')
    await world.clock.advance(600_000)
    expect(world.countOf('claimBatch')).toBe(1)
    expect(world.state).toBe('idle')
    world.setAll('blocked', 'unsent')
    await world.clock.advance(1_000)
    expect(world.counts.unsent).toBe(0)
  })

  test.each([
    'uploading.claiming',
    'uploading.sending',
    'uploading.settling',
    'downloading.pulling',
    'downloading.applying',
    'batching',
    'idle',
  ])('LIF05 a request that comes in %s is followed by a claim and a whole download', async (state) => {
    const world = await idleWorld()
    world.write()
    await world.until(state)
    // Late in the step: what it does is done, its answer is still under way.
    await world.clock.advance(3)
    world.send('sync.requested')
    const requestedAt = world.clock.now()
    // What came to the server only just now is part of what was asked for.
    world.backend.server.head += 1
    const due = world.backend.server.head
    await world.clock.advance(1_000)
    expect(world.state).toBe('idle')
    expect(world.backend.cursor).toBeGreaterThanOrEqual(due)
    expect(world.countOf('claimBatch', requestedAt)).toBeGreaterThan(0)
    expect(world.countOf('pullPage', requestedAt)).toBeGreaterThan(0)
  })

  test('LIF06 a page that came while something was sent is not the end: storage is asked anew', async () => {
    const world = await idleWorld()
    world.backend.server.head = 1
    world.next('applyPage', { output: { applied: 0, conflicts: 0, hasMore: false, stale: true } })
    world.send('remote.changed')
    await world.until('idle')
    expect(world.namesOf().slice(2)).toEqual(['pullPage', 'applyPage', 'claimBatch', 'pullPage', 'applyPage'])
    expect(world.backend.cursor).toBe(1)
  })

  test('LIF07 polls count from the last download, however busy the device is', async () => {
    const world = await idleWorld()
    for (let i = 0; i < 20; i++) {
      await world.clock.advance(defaultTiming.pollMs / 10)
      world.write(1, 'blocked')
    }
    expect(world.countOf('pullPage')).toBe(2)
  })

  test('LIF08 counts that are older than the known ones are old news', async () => {
    const world = await idleWorld()
    const old = world.counts
    world.write()
    await world.until('batching')
    world.tell('outbox.changed', old)
    expect(world.context.counts.unsent).toBe(1)
  })
})

describe('batching', () => {
  test('LIF10 a write waits for company; each one that follows opens the window anew', async () => {
    const world = await idleWorld({ timing: { batchWindowMs: 150, maxBatchWaitMs: 1_000 } })
    for (let i = 0; i < 3; i++) {
      world.write()
      await world.clock.advance(140)
    }
    expect(world.state).toBe('batching')
    await world.until('uploading.claiming')
    await world.until('idle')
    expect(world.countOf('pushBatch')).toBe(1)
  })

  test('LIF11 no write waits longer than the limit', async () => {
    const world = await idleWorld({ timing: { batchWindowMs: 150, maxBatchWaitMs: 1_000 } })
    const writtenAt = world.clock.now()
    while (world.countOf('claimBatch') === 0) {
      world.write()
      await world.clock.advance(100)
    }
    const claim = world.calls.find((call) => call.name === 'claimBatch')
    expect(claim?.at).toBeLessThanOrEqual(writtenAt + 1_001)
  })

  test.each(['sync.requested', 'flush.requested'] as const)('LIF12 %s ends the wait', async (request) => {
    const world = await idleWorld()
    world.write()
    await world.until('batching')
    world.send(request)
    expect(world.state).toBe('uploading.claiming')
  })

  test('LIF13 a full batch does not wait', async () => {
    const world = await idleWorld({ timing: { batchSize: 5 } })
    world.write(5)
    await world.clock.advance(1)
    expect(world.state).toBe('uploading.claiming')
    const slow = await idleWorld({ timing: { batchSize: 5 } })
    slow.write(1)
    await slow.until('batching')
    slow.write(4)
    await slow.clock.advance(1)
    expect(slow.state).toBe('uploading.claiming')
  })
})
