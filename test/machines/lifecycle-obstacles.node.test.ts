import { describe, expect, test } from 'vitest'
import { defaultTiming } from '../../machines/index.ts'
import { START, type WorldOptions, worldsOfThisFile } from './support/lifecycle-world.ts'

const { worldOf, idleWorld } = worldsOfThisFile()

describe('what stands in the way', () => {
  test.each([
    ['net.lost', 'pausedOffline', 'net.restored'],
    ['auth.expired', 'authRequired.waiting', 'auth.renewed'],
    ['sync.paused', 'pausedByUser', 'sync.resumed'],
  ] as const)(
    'LIF20 %s ends the request at once; the batch stays sent and is sent again',
    async (loss, state, gain) => {
      const world = worldOf({ unsent: 2 })
      await world.until('uploading.sending')
      const push = world.calls.at(-1)
      world.send(loss)
      expect(world.state).toBe(state)
      expect(push?.signal.aborted).toBe(true)
      expect(world.counts.sent).toBe(2)
      await world.clock.advance(50_000)
      expect(world.countOf('pushBatch')).toBe(1)
      world.send(gain)
      await world.clock.advance(1_000)
      expect(world.state).toBe('idle')
      expect(world.backend.server.effects.size).toBe(2)
    },
  )

  test.each([
    [{ kind: 'auth' }, 'authRequired.waiting'],
    [{ kind: 'quota' }, 'quotaExceeded'],
    [{ kind: 'offline' }, 'pausedOffline'],
    [{ kind: 'fatal', code: 'PROTOCOL_UNSUPPORTED' }, 'error'],
    [{ kind: 'transient', retryAt: START + 9_000, forced: false }, 'retry'],
  ] as const)('LIF21 a fault %o leads to %s, in every step, and is announced', async (fault, state) => {
    for (const step of ['claimBatch', 'pushBatch', 'settleBatch', 'pullPage', 'applyPage'] as const) {
      const world = worldOf({ unsent: 1 })
      world.next(step, { fault })
      await world.until(state)
      expect(world.emitted.at(-1)).toEqual({ type: 'cycle.faulted', fault })
      expect(world.context.fault).toEqual(fault)
    }
  })

  test('LIF22 what is thrown without being a fault is a defect of ours: error, tried again after 5 min', async () => {
    const world = worldOf()
    world.next('pullPage', { fault: new TypeError('x is undefined') })
    await world.until('error')
    expect(world.emitted.at(-1)).toEqual({
      type: 'cycle.faulted',
      fault: { kind: 'fatal', code: 'UNEXPECTED' },
    })
    await world.clock.advance(defaultTiming.errorRetryMs + 100)
    expect(world.state).toBe('idle')
    world.next('pullPage', { fault: { kind: 'fatal', code: 'SCHEMA_TOO_OLD' } })
    world.send('sync.requested')
    await world.until('error')
    world.send('sync.requested')
    await world.until('idle', 100)
  })

  test('LIF23 a person does not wait for a backoff of ours, but for one of the server', async () => {
    const world = worldOf()
    world.next('pullPage', { fault: { kind: 'transient', retryAt: START + 60_000, forced: false } })
    await world.until('retry')
    world.send('sync.requested')
    await world.until('idle', 100)
    const until = world.clock.now() + 60_000
    world.next('pullPage', { fault: { kind: 'transient', retryAt: until, forced: true } })
    world.send('remote.changed')
    await world.until('retry')
    world.send('sync.requested')
    await world.clock.advance(50_000)
    world.send('net.lost')
    world.send('sync.requested')
    world.send('net.restored')
    expect(world.state, 'also by way of another state').toBe('retry')
    await world.until('idle', 11_000)
    expect(world.countOf('claimBatch', until), 'the request was not forgotten').toBe(1)
  })

  test('LIF24 a deadline of more than 5 min ahead says that the clock was set back: it is due', async () => {
    const world = worldOf({ input: { retryAt: START + 300_001 } })
    expect(world.state).toBe('downloading.pulling')
    const patient = worldOf({ input: { retryAt: START + 300_000 } })
    expect(patient.state).toBe('retry')
    patient.clock.jump(-1_000)
    await patient.clock.advance(300_100)
    expect(patient.state).toBe('idle')
  })

  test('LIF25 signed out, the app is asked for a token every minute and when a person asks', async () => {
    const world = worldOf({ input: { authed: false }, unsent: 1 })
    world.tokenValid = false
    await world.clock.advance(3 * (defaultTiming.authRetryMs + 10))
    expect(world.countOf('probeAuth')).toBe(3)
    expect(world.state).toBe('authRequired.waiting')
    world.tokenValid = true
    world.send('sync.requested')
    await world.until('idle', 100)
    expect(world.counts.unsent).toBe(0)
  })

  test('LIF26 a server that cannot be asked for a sign of life leaves it at signed out', async () => {
    const world = worldOf({ input: { authed: false } })
    world.next(
      'probeAuth',
      { fault: { kind: 'transient', retryAt: START + 1, forced: false } },
      { fault: { kind: 'auth' } },
    )
    await world.until('authRequired.asking')
    await world.until('authRequired.waiting')
    await world.until('authRequired.asking')
    world.send('auth.expired')
    expect(world.state, 'what was being asked for is void').toBe('authRequired.waiting')
    await world.until('idle')
  })

  test('LIF27 without room uploads go on, news waits, and it is tried again', async () => {
    const world = await idleWorld()
    world.next('applyPage', { fault: { kind: 'quota' } })
    world.send('remote.changed')
    await world.until('quotaExceeded')
    const since = world.clock.now()
    world.write()
    await world.until('uploading.sending')
    world.send('quota.exceeded')
    await world.until('quotaExceeded')
    expect(world.counts.unsent + world.counts.sent).toBe(0)
    expect(world.countOf('pullPage', since)).toBe(0)
    await world.until('idle', defaultTiming.quotaProbeMs + 100)
    expect(world.clock.now(), 'the upload did not put the probe off').toBeLessThan(
      since + defaultTiming.quotaProbeMs + 50,
    )
  })

  test('LIF28 an upload that was waiting when room ran out does not wait for the probe', async () => {
    const world = await idleWorld()
    world.next('pullPage', { before: () => world.write(60) })
    world.next('applyPage', { fault: { kind: 'quota' } })
    world.send('remote.changed')
    await world.until('uploading.claiming', 100)
    await world.until('quotaExceeded', 200)
    expect(world.counts.unsent).toBe(0)
    world.next('pullPage', { before: () => world.write(60) })
    world.send('quota.freed')
    await world.until('downloading.applying')
    world.send('quota.exceeded')
    expect(world.state).toBe('uploading.claiming')
    await world.until('quotaExceeded', 200)
    world.send('sync.requested')
    await world.until('idle', 1_000)
    expect(world.counts.unsent).toBe(0)
  })

  test('LIF29 the reason that a person can do something about stays on screen', () => {
    const stays = (input: WorldOptions['input'], ...losses: ('net.lost' | 'auth.expired')[]) => {
      const world = worldOf({ input })
      const { state } = world
      for (const loss of losses) world.send(loss)
      expect(world.state).toBe(state)
      const { online, authed } = world.context
      if (losses.includes('net.lost')) expect(online).toBe(false)
      if (losses.includes('auth.expired')) expect(authed).toBe(false)
    }
    stays({ pausedByUser: true }, 'net.lost', 'auth.expired')
    stays({ authed: false }, 'net.lost', 'auth.expired')
    stays({ online: false }, 'auth.expired')
  })
})

describe('conflicts', () => {
  test('LIF30 an open conflict stops nothing else, and its policies are asked once for each state of things', async () => {
    const world = await idleWorld()
    world.write(2, 'conflict')
    await world.until('conflict.awaitingDecision')
    await world.clock.advance(600_000)
    expect(world.countOf('triage')).toBe(1)
    expect(world.countOf('pullPage'), 'news is still asked for').toBeGreaterThan(15)
    world.write()
    await world.until('uploading.sending')
    await world.until('conflict.awaitingDecision')
    expect(world.counts).toMatchObject({ unsent: 0, sent: 0, conflicts: 2 })
    world.setAll('conflict', 'unsent')
    await world.until('idle')
    expect(world.backend.server.effects.size).toBe(3)
  })

  test('LIF31 what the policies decide is sent like any other write', async () => {
    const world = await idleWorld({ isAutomatic: () => true })
    world.write(2, 'conflict')
    await world.until('conflict.triaging')
    await world.until('idle')
    expect(world.counts).toMatchObject({ unsent: 0, conflicts: 0 })
    expect(world.backend.server.effects.size).toBe(2)
    expect(world.countOf('triage')).toBe(1)
  })

  test('LIF32 counts that still show decided conflicts make no loop', async () => {
    const world = await idleWorld()
    world.next('triage', { output: { open: 0 } })
    world.write(1, 'conflict')
    await world.clock.advance(60_000)
    expect(world.countOf('triage')).toBe(1)
    expect(world.state).toBe('conflict.awaitingDecision')
  })

  test('LIF33 a triage that failed is done again', async () => {
    const world = await idleWorld()
    const retryAt = world.clock.now() + 2_000
    world.next('triage', { fault: { kind: 'transient', retryAt, forced: false } })
    world.write(1, 'conflict')
    await world.until('retry')
    await world.until('conflict.awaitingDecision')
    expect(world.countOf('triage')).toBe(2)
  })

  test('LIF34 a conflict that comes while the policies are being asked is put to them, too', async () => {
    const world = await idleWorld()
    world.next('triage', { before: () => world.write(1, 'conflict') })
    world.write(1, 'conflict')
    await world.until('conflict.awaitingDecision')
    expect(world.countOf('triage')).toBe(2)
  })
})
