import type { People } from './people.ts'
import type { Random } from './random.ts'
import type { SimDevice } from './sim-device.ts'
import { TENANTS, type World } from './world.ts'

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** What happens to devices, tabs, clocks, tokens and the server, beside what people do. */
export class Chaos {
  readonly #world: World
  readonly #people: People
  readonly #random: Random

  constructor(world: World, people: People) {
    this.#world = world
    this.#people = people
    this.#random = world.random('chaos')
  }

  /** One round: each thing may happen, and what is broken may mend. Answers ms by which everybody sleeps. */
  strike(): number {
    const world = this.#world
    const { faults } = world
    const random = this.#random
    this.#mend()
    const device = random.pick(world.devices)
    if (random.chance(faults.partition)) this.#cut(device)
    if (random.chance(faults.serverDown)) this.#stopServer()
    if (random.chance(faults.purge)) this.#purge(random.pick(TENANTS))
    if (random.chance(faults.roles)) this.#changeRoles(device)
    if (random.chance(faults.forbidden)) this.#forbid(device)
    if (random.chance(faults.elsewhere)) this.#decideElsewhere()
    if (random.chance(faults.foreignToken)) this.#takeToken(device)
    if (random.chance(faults.diskFull)) {
      world.story.say(device.name, () => 'has a full disk')
      device.isDiskFull = true
    }
    if (random.chance(faults.clockJump)) this.#jump(device)
    this.#troubleTabs(device)
    return random.chance(faults.sleep) ? this.#sleep() : 0
  }

  #troubleTabs(device: SimDevice): void {
    const world = this.#world
    const { faults } = world
    const random = this.#random
    if (random.chance(faults.powerLoss)) world.losePower(device, random.below(device.image.unflushed + 1))
    if (device.tabs.length === 0) return
    const tab = random.pick(device.tabs)
    if (random.chance(faults.crash)) {
      world.crash(tab, 'at rest')
      return
    }
    if (random.chance(faults.armedCrash)) {
      const points = random.below(14)
      tab.pointsLeft ??= points
    }
    if (random.chance(faults.freeze) && tab.isAwake) {
      world.story.say(tab.name, () => 'is frozen')
      tab.freeze()
    }
    if (random.chance(faults.secondTab))
      if (device.tabs.length < 2) world.openTab(device)
      else {
        world.story.say(tab.name, () => 'is closed')
        world.closeTab(tab)
      }
    if (random.chance(faults.reload) && tab.isAwake) this.#reload(device, tab)
    if (random.chance(faults.pause) && tab.isAwake) {
      world.story.say(tab.name, () => 'is paused by its person')
      tab.engine.pause()
    }
  }

  /** A page that says good-bye, and one that does not. */
  #reload(device: SimDevice, tab: SimDevice['tabs'][number]): void {
    const world = this.#world
    world.story.say(tab.name, () => 'is reloaded')
    if (this.#random.chance(0.5)) {
      world.closeTab(tab)
      world.openTab(device)
      return
    }
    const end = () => {
      tab.isStopped = true
      if (tab.isDead) return
      world.clock.setTimeout(() => {
        if (!tab.isDead) world.closeTab(tab)
        if (device.tabs.length === 0) world.openTab(device)
      }, 50)
    }
    tab.engine.stop().then(end, (error: unknown) => world.story.fail('DEFECT', `stop() rejected: ${error}`))
  }

  #mend(): void {
    const world = this.#world
    const random = this.#random
    for (const device of world.devices) {
      if ((!device.link.isUp || device.link.isOneWay) && random.chance(0.12)) this.#connect(device)
      if (device.isDiskFull && random.chance(0.1)) device.isDiskFull = false
      if (device.token !== device.ownToken() && random.chance(0.15)) this.#returnToken(device)
      if (device.tabs.length === 0 && random.chance(0.4)) world.openTab(device)
      for (const tab of device.tabs) {
        if (tab.isFrozen && random.chance(0.1)) {
          world.story.say(tab.name, () => 'thaws')
          tab.thaw()
        }
        if (tab.isAwake && tab.engine.status().state === 'pausedByUser' && random.chance(0.2)) {
          world.story.say(tab.name, () => 'is resumed')
          tab.engine.resume()
        }
      }
    }
    for (const rule of world.forbidden) if (random.chance(0.1)) world.forbidden.delete(rule)
  }

  #connect(device: SimDevice): void {
    this.#world.story.say(device.name, () => 'is online again')
    device.setLink(true)
  }

  #cut(device: SimDevice): void {
    const isOneWay = this.#random.chance(0.3)
    this.#world.story.say(device.name, () => (isOneWay ? 'hears nothing any more' : 'goes offline'))
    device.setLink(isOneWay, isOneWay)
  }

  #stopServer(): void {
    const { clock, network, story } = this.#world
    const ms = this.#random.pick([100, SECOND, 10 * SECOND, MINUTE])
    story.say('server', () => `restarts, away for ${ms} ms`)
    network.downUntil = clock.now() + ms
    network.reset()
  }

  #purge(tenantId: string): void {
    this.#world.story.say('server', () => `forgets the tombstones of ${tenantId}`)
    void this.#world.server.purge(tenantId)
  }

  #changeRoles(device: SimDevice): void {
    const isOwn = device.token === device.ownToken()
    device.roles = device.roles.length === 0 ? ['night'] : []
    if (isOwn) device.token = device.ownToken()
    this.#world.story.say(device.name, () => `has the roles [${device.roles.join()}]`)
  }

  #forbid({ account: { tenantId, userId } }: SimDevice): void {
    const action = this.#random.pick(['create', 'update', 'delete'])
    const type = this.#random.pick(Object.keys(this.#world.schema.types))
    this.#world.story.say('server', () => `${userId} of ${tenantId} may not ${action} a ${type}`)
    this.#world.forbidden.add(`${tenantId} ${userId} ${action} ${type}`)
  }

  /** Somebody at the server's own screen. */
  #decideElsewhere(): void {
    const { people, server, story } = this.#world
    const open = people.flatMap(({ device, view }) =>
      view.conflicts.flatMap(({ row }) =>
        row.serverConflictId === undefined ? [] : [{ device, id: row.serverConflictId }],
      ),
    )
    if (open.length === 0) return
    const { device, id } = this.#random.pick(open)
    const strategy = this.#random.pick(['client-wins', 'server-wins'] as const)
    story.say('server', () => `conflict ${id} of ${device.name} is decided there: ${strategy}`)
    void server.decide({ ...device.account, roles: [], name: 'office' }, id, strategy)
  }

  #takeToken(device: SimDevice): void {
    const { devices, story } = this.#world
    const other = this.#random.pick(devices)
    const foreign = other === device ? `t2~${device.account.userId}x` : other.ownToken()
    device.token = this.#random.pick([null, 'expired~x', foreign, foreign])
    story.say(device.name, () => `has the token ${device.token}`)
  }

  #returnToken(device: SimDevice): void {
    device.token = device.ownToken()
    this.#world.story.say(device.name, () => 'has its own token again')
    if (this.#random.chance(0.5)) for (const tab of device.awake) tab.engine.renewAuth()
  }

  #jump(device: SimDevice): void {
    const most = this.#random.pick([2 * SECOND, 10 * MINUTE, 30 * 24 * HOUR])
    device.skewMs += Math.round(this.#random.between(-most, most))
    this.#world.story.say(device.name, () => `has a clock that is off by ${device.skewMs} ms`)
  }

  /** Night: every page is frozen, and all timers are late. */
  #sleep(): number {
    const world = this.#world
    for (const tab of world.tabs) tab.freeze()
    const ms = Math.round(this.#random.between(MINUTE, 9 * HOUR))
    world.story.say('all', () => `sleep for ${Math.round(ms / MINUTE)} minutes`)
    return ms
  }

  wake(): void {
    for (const tab of this.#world.tabs) tab.thaw()
    if (this.#random.chance(0.5)) for (const tab of this.#world.tabs) this.#people.sync(tab)
  }
}
