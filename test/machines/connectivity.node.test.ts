import { afterAll, expect, test } from 'vitest'
import { connectivityChart } from '../../machines/index.ts'
import { describeTransition, transitionsOf } from './support/chart.ts'
import { connectivityEvents } from './support/events.ts'
import { FLAP_WINDOW_MS, PROBE_EVERY_MS, ProbeWorld } from './support/probe-world.ts'
import { seeded } from './support/random.ts'

const worlds: ProbeWorld[] = []

const worldOf = (options?: ConstructorParameters<typeof ProbeWorld>[0]): ProbeWorld => {
  const world = new ProbeWorld(options)
  worlds.push(world)
  return world
}

const offlineWorld = async (): Promise<ProbeWorld> => {
  const world = worldOf()
  world.reachable = false
  world.send('request.failed')
  await world.clock.advance(50)
  expect(world.state).toBe('offline')
  return world
}

test('NET01 at the start the link is believed, and no request is spent on it', async () => {
  const world = worldOf()
  await world.clock.advance(3_600_000)
  expect(world.state).toBe('unknown')
  expect(world.probes).toBe(0)
  world.send('request.succeeded')
  expect(world.state).toBe('online')
  expect(world.heard).toEqual([])
})

test('NET02 a link that is down at the start is no proof either: it is probed slowly', async () => {
  const world = worldOf({ linkUp: false })
  expect(world.state).toBe('offline')
  await world.clock.advance(PROBE_EVERY_MS + 50)
  expect(world.state).toBe('online')
  expect(world.heard).toEqual(['net.restored'])
})

test('NET03 a failed request is followed by a probe, whose outcome is told even if it is nothing new', async () => {
  const world = worldOf()
  world.send('request.failed')
  expect(world.state).toBe('probing')
  await world.clock.advance(50)
  expect(world.state).toBe('online')
  expect(world.heard, 'the lifecycle took itself for offline').toEqual(['net.restored'])
  const down = await offlineWorld()
  expect(down.heard).toEqual(['net.lost'])
})

test('NET04 when the probe gets through and requests do not, the two do not chase each other', async () => {
  const world = worldOf()
  const restored = () => world.heard.filter((event) => event === 'net.restored').length
  // A lifecycle that tries again whenever it hears of a network, against a server that only answers probes.
  world.send('request.failed')
  for (let told = 0, second = 0; second < 600; second++) {
    await world.clock.advance(1_000)
    if (restored() > told) world.send('request.failed')
    told = restored()
  }
  expect(world.probes).toBeLessThanOrEqual(600_000 / PROBE_EVERY_MS + 1)
  world.send('request.succeeded')
  const before = world.probes
  world.send('request.failed')
  expect(world.probes, 'after a success the first failure is probed at once again').toBe(before + 1)
})

test('NET05 a flicker of the link is not told; a loss is, once', async () => {
  const world = worldOf()
  world.send('request.succeeded')
  for (let i = 0; i < 5; i++) {
    world.link('down')
    await world.clock.advance(FLAP_WINDOW_MS / 2)
    world.link('up')
    await world.clock.advance(50)
  }
  expect(world.state).toBe('online')
  expect(world.heard).toEqual([])
  world.link('down')
  world.link('down')
  await world.clock.advance(FLAP_WINDOW_MS)
  expect(world.heard).toEqual(['net.lost'])
  world.link('up')
  await world.clock.advance(50)
  expect(world.heard).toEqual(['net.lost', 'net.restored'])
})

test('NET06 the link is a hint only: what the server answers counts', async () => {
  const portal = await offlineWorld()
  portal.link('up')
  await portal.clock.advance(50)
  expect(portal.state, 'the link is up, the server is not there').toBe('offline')
  const vpn = worldOf({ linkUp: false })
  vpn.send('request.succeeded')
  expect(vpn.state, 'the link is down, the server answers').toBe('online')
  expect(vpn.heard).toEqual(['net.restored'])
})

test('NET07 offline, a request to find out is answered at once, else it is tried slowly', async () => {
  const world = await offlineWorld()
  await world.clock.advance(5 * (PROBE_EVERY_MS + 20))
  expect(world.probes).toBe(6)
  world.reachable = true
  world.send('probe.requested')
  await world.clock.advance(50)
  expect(world.state).toBe('online')
  expect(world.heard).toEqual(['net.lost', 'net.restored'])
})

test.each(['throw', 'hang'] as const)(
  'NET08 a probe that does not answer (%s) means offline',
  async (twist) => {
    const world = worldOf()
    world.twist = twist
    world.send('probe.requested')
    await world.clock.advance(PROBE_EVERY_MS)
    expect(world.state).toBe('offline')
    expect(world.heard).toEqual(['net.lost'])
  },
)

test('NET09 a broken source of hints breaks nothing else', async () => {
  const world = worldOf({ breakLinkSource: true })
  expect(world.actor.getSnapshot().status).toBe('active')
  world.reachable = false
  world.send('request.failed')
  await world.clock.advance(50)
  expect(world.heard).toEqual(['net.lost'])
})

test('NET40 whatever happens: once the network is there, it is found, and what was told last is true', async () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seeded(seed)
    const world = worldOf({ linkUp: random.chance(0.7) })
    for (let step = 0; step < 40; step++) {
      world.reachable = random.chance(0.5)
      if (random.chance(0.1)) world.twist = random.pick(['throw', 'hang'] as const)
      const type = random.pick(connectivityEvents)
      if (type === 'link.up') world.link('up')
      else if (type === 'link.down') world.link('down')
      else world.send(type)
      await world.clock.advance(random.pick([0, 10, 100, 400, 12_000]))
    }
    const isFailing = world.actor.getSnapshot().context.told === null
    world.reachable = true
    world.twist = undefined
    await world.clock.advance(3 * PROBE_EVERY_MS)
    expect(['unknown', 'online'], `seed ${seed}`).toContain(world.state)
    if (isFailing || world.heard.length > 0) expect(world.heard.at(-1), `seed ${seed}`).toBe('net.restored')
  }
}, 60_000)

test('NET43 every transition of the chart is taken', async () => {
  const again = worldOf()
  for (const type of ['request.succeeded', 'request.failed', 'request.failed'] as const) again.send(type)
  await again.clock.advance(50)
  again.send('request.failed')
  const unsteady = worldOf()
  for (const type of ['down', 'down'] as const) unsteady.link(type)
  unsteady.send('probe.requested')
  const taken = new Set(worlds.flatMap((world) => [...world.trace.taken]))
  const missing = transitionsOf(connectivityChart)
    .map(describeTransition)
    .filter((own) => !taken.has(own))
  expect(missing).toEqual([])
})

afterAll(() => {
  for (const world of worlds) world.actor.stop()
})
