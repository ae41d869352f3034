import type { StoredOperation } from '../core/model.ts'
import type { JsonObject } from '../protocol/json.ts'
import { planOf } from '../stores/outbox.ts'
import { Unit } from '../stores/unit.ts'
import { calm } from './faults.ts'
import type { People } from './people.ts'
import { idsOf } from './random.ts'
import { recordKey } from './server-model.ts'
import { SimTransaction } from './sim-storage.ts'
import type { SimTab } from './sim-tab.ts'
import { sameValue } from './values.ts'
import { type Person, TENANTS, type World } from './world.ts'

const MINUTE = 60_000

/** Longer than any wait of the engine: the error state is left after 5 minutes, a poll comes within one. */
const PATIENCE = 20 * MINUTE

/** Each round decides and discards what is open; what that sets free may meet something new. */
const ROUNDS = 30

/** After all faults are over: everything must come to rest by itself, and everybody must have the same. */
export class Heal {
  readonly #world: World
  readonly #people: People

  /** The last reasons why it was not over. */
  #lately: string[] = []

  constructor(world: World, people: People) {
    this.#world = world
    this.#people = people
  }

  async run(): Promise<void> {
    const world = this.#world
    this.#calm()
    for (let round = 1; ; round++) {
      await this.#rest()
      if (world.story.finding !== null) return
      if (!this.#tidyUp(round)) break
      if (round === ROUNDS)
        return world.story.fail('I16', `after ${round} rounds ${this.#open()} are still to be decided`)
    }
    await this.#compare()
    if (world.story.finding === null) await this.#fixpoint()
  }

  #calm(): void {
    const world = this.#world
    world.story.say('all', () => 'faults are over')
    world.faults = { ...calm, hot: world.faults.hot }
    world.network.faults = world.faults
    world.network.downUntil = 0
    world.forbidden.clear()
    for (const device of world.devices) {
      device.isDiskFull = false
      device.token = device.ownToken()
      device.setLink(true)
      for (const tab of device.tabs) {
        tab.pointsLeft = null
        tab.thaw()
      }
      if (device.tabs.length === 0) world.openTab(device)
      for (const tab of device.tabs) {
        // What a person stopped, only a person starts again; and a start that failed is tried again by asking.
        tab.engine.resume()
        if (tab.engine.status().state === 'error') this.#people.sync(tab)
      }
    }
  }

  /** Time passes until every engine is at rest and has seen everything. */
  async #rest(): Promise<void> {
    const { clock, story } = this.#world
    const since = clock.now()
    for (;;) {
      await this.#world.look()
      if (story.finding !== null) return
      const why = await this.#unrest()
      if (why === null) return
      if (clock.now() - since > PATIENCE)
        return story.fail(
          'I18',
          `no rest after 20 minutes: ${[...new Set([...this.#lately, why])].join(' · ')}`,
        )
      this.#lately = [...this.#lately, why].slice(-20)
      await clock.advance(Math.max(1, Math.min(clock.untilNext ?? MINUTE, MINUTE)))
    }
  }

  /** Why it is not over yet. */
  async #unrest(): Promise<string | null> {
    for (const person of this.#world.people) {
      const { device, view } = person
      if (device.tabs.length === 0) return `${device.name} has no tab`
      if (person.calling.length > 0 || person.asking.size > 0) return `${device.name} waits for a call`
      for (const tab of device.tabs) {
        const { state } = tab.engine.status()
        if (state !== 'idle' && state !== 'conflict') return `${tab.name} is ${state}`
        if ((this.#people.asked.get(tab) ?? 0) > 0) return `${tab.name} waits for a cycle`
      }
      if (view.operations.some(({ state }) => state === 'sent')) return `${device.name} has something sent`
      const ready = await this.#ready(person)
      if (ready.length > 0) return `${device.name} could send ${ready.map(({ id }) => id).join(', ')}`
      const behind = this.#differences(person).find((text) => text !== '')
      if (behind !== undefined) return `${device.name} ${behind}`
    }
    return null
  }

  /** What the product itself would send now. */
  async #ready({ device, view }: Person): Promise<StoredOperation[]> {
    if (!view.operations.some(({ state }) => state === 'unsent')) return []
    const random = this.#world.random('plan')
    const unit = await Unit.open(new SimTransaction(device.image), {
      schema: this.#world.schema,
      now: this.#world.clock.now(),
      ids: idsOf('plan', { last: 0 }, random),
    })
    const { ready, byseq } = await planOf(unit)
    return ready.map(({ seq }) => byseq.get(seq) as StoredOperation)
  }

  /** People decide what is left, always so that it ends. Answers whether there was anything. */
  #tidyUp(round: number): boolean {
    let isOpen = false
    for (const person of this.#world.people) {
      const { view, device } = person
      const [tab] = device.tabs as [SimTab]
      // At rest, a decision that still waits cannot go as it is: it is decided anew.
      if (view.conflicts.length > 0) {
        isOpen = true
        this.#people.decide(person, tab, round > 3 ? 'server-wins' : undefined)
        continue
      }
      const refused = view.operations.filter(({ state }) => state === 'rejected')
      const stuck = view.operations.filter(({ state }) => state !== 'rejected')
      const last = [...refused, ...stuck].at(-1)
      if (last === undefined) continue
      isOpen = true
      // What refers to a refused record goes first: youngest before oldest.
      for (const { seq } of [...view.operations].reverse()) this.#people.discard(person, tab, seq)
    }
    return isOpen
  }

  #open(): string {
    return this.#world.people
      .flatMap(({ device, view }) => [
        ...view.operations.map((operation) => `${device.name} ${operation.id} ${operation.state}`),
        ...view.conflicts.map(({ row }) => `${device.name} conflict ${row.id} ${row.kind}`),
      ])
      .join(', ')
  }

  /** Where a device's clean rows are not those of the server. */
  #differences({ device, view }: Person): string[] {
    const model = this.#world.server.model(device.account.tenantId)
    const texts: string[] = []
    const dirty = new Set(
      view.operations.map(({ entityType, entityId }) => recordKey(entityType, model.canonical(entityId))),
    )
    const shown = new Map(view.records.map((record) => [recordKey(record.entityType, record.id), record]))
    for (const row of model.live()) {
      const key = recordKey(row.type, row.id)
      const record = shown.get(key)
      if (dirty.has(key)) continue
      if (record === undefined) texts.push(`lacks ${key}`)
      else if (record.version !== row.version || !sameValue(record.data, row.data as JsonObject))
        texts.push(
          `shows ${key} v${record.version} ${JSON.stringify(record.data)}, it is v${row.version} ${JSON.stringify(row.data)}`,
        )
      else if (record.status !== 'synced') texts.push(`shows ${key} as ${record.status}`)
    }
    for (const [key, record] of shown)
      if (!dirty.has(key) && model.rows.get(key)?.data == null)
        texts.push(`shows ${key} ${JSON.stringify(record.data)}, which is not there`)
    return texts
  }

  /** I11, I16, I20. */
  async #compare(): Promise<void> {
    const { story, people, server } = this.#world
    for (const person of people) {
      const { device, view } = person
      const [difference] = this.#differences(person)
      if (difference !== undefined) story.fail('I11', `${device.name} ${difference}`)
      if (view.operations.length > 0) story.fail('I16', `${device.name} has ${view.operations.length} open`)
      if (view.state?.retry != null) story.fail('I16', `${device.name} waits for a retry`)
    }
    for (const tenantId of TENANTS) {
      const model = server.model(tenantId)
      const fresh = new Map<string, { version: number; data: JsonObject }>()
      for (const page of await server.fromZero({ tenantId, userId: 'fresh', roles: [] }, 2)) {
        for (const row of page.entities) fresh.set(recordKey(row.entityType, row.id), row)
        for (const row of page.deletions) fresh.delete(recordKey(row.entityType, row.id))
      }
      const live = model.live()
      if (fresh.size !== live.length)
        story.fail('I20', `from zero ${tenantId} has ${fresh.size} rows, it has ${live.length}`)
      for (const { type, id, version, data } of live) {
        const row = fresh.get(recordKey(type, id))
        if (row?.version !== version || !sameValue(row.data, data as JsonObject))
          story.fail('I20', `from zero ${recordKey(type, id)} is ${JSON.stringify(row)}`)
      }
    }
  }

  /** I17, I19: one more cycle moves nothing, and costs what a cycle costs. */
  async #fixpoint(): Promise<void> {
    const { network, story, tabs, clock } = this.#world
    const before = { ...network.counts }
    for (const tab of tabs) this.#people.sync(tab)
    for (let left = 50; left > 0 && tabs.some((tab) => (this.#people.asked.get(tab) ?? 0) > 0); left--)
      await clock.advance(1_000)
    const uploads = network.counts.uploads - before.uploads
    const requests = network.counts.requests - before.requests
    if (uploads > 0) story.fail('I17', `${uploads} uploads in a cycle with nothing to say`)
    // Two for the cycle that was asked for, and the polls of the meantime.
    if (requests > tabs.length * 12) story.fail('I19', `${requests} requests of ${tabs.length} idle tabs`)
    const revisions = this.#world.devices.map(({ image }) => image.revision)
    await this.#world.look()
    await this.#compare()
    if (revisions.some((revision, index) => revision !== this.#world.devices[index]?.image.revision))
      story.fail('I17', 'something changed in the end')
  }
}
