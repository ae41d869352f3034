import type { StoredOperation } from '../core/model.ts'
import { isTempId } from '../core/temp-id.ts'
import type { JsonValue } from '../protocol/json.ts'
import type { Schema } from '../protocol/schema.ts'
import { drawFaults, type Faults } from './faults.ts'
import type { Random } from './random.ts'
import { randomOf } from './random.ts'
import type { Change } from './server-model.ts'
import { drawHabits, SimDevice } from './sim-device.ts'
import type { Entry } from './sim-image.ts'
import { SimNetwork } from './sim-network.ts'
import { drawSchema } from './sim-schema.ts'
import { SimServer } from './sim-server.ts'
import type { Point } from './sim-tab.ts'
import { SimTab } from './sim-tab.ts'
import { StoreChecks } from './store-checks.ts'
import type { StoreView } from './store-view.ts'
import { viewOf } from './store-view.ts'
import { Story } from './story.ts'
import type { Settle } from './virtual-clock.ts'
import { VirtualClock } from './virtual-clock.ts'
import type { Write } from './writes.ts'
import { WriteLog } from './writes.ts'

/** 2024-11-02T08:00:00Z: any time will do that has 13 digits of ms. */
const START = 1_730_534_400_000

export const TENANTS = ['t1', 't2'] as const

export interface WorldOptions {
  isTold?: boolean
  settle?: Settle
}

export interface Person {
  device: SimDevice
  log: WriteLog
  checks: StoreChecks
  view: StoreView
  /** `revision` of the image when `view` was read. */
  viewedAt: number
  /** Calls that have not ended. */
  calling: { tab: SimTab; write: Write }[]
  /** Other calls that have not ended; `end` takes them for done. */
  asking: Set<{ tab: SimTab; end: () => void }>
}

export interface WorldCounts {
  crashes: number
  powerLosses: number
  rewritesInRace: number
  conflicts: number
}

/** Everything that a run is made of. */
export class World {
  readonly seed: number
  readonly clock: VirtualClock
  readonly story: Story
  readonly schema: Schema
  readonly server: SimServer
  readonly network: SimNetwork
  readonly people: Person[] = []
  readonly forbidden = new Set<string>()
  readonly counts: WorldCounts = { crashes: 0, powerLosses: 0, rewritesInRace: 0, conflicts: 0 }
  readonly #random: Random
  faults: Faults
  step = 0
  writes = 0
  #commits = 0
  readonly #conflictsSeen = new Set<string>()

  constructor(seed: number, options: WorldOptions = {}) {
    this.seed = seed
    const setup = this.random('setup')
    this.clock = new VirtualClock({
      now: START,
      ...(options.settle === undefined ? {} : { settle: options.settle }),
    })
    this.story = new Story(options.isTold === true, () => this.clock.now() - START)
    this.faults = drawFaults(setup)
    this.schema = drawSchema(setup)
    this.#random = this.random('tabs')
    this.server = new SimServer({
      schema: this.schema,
      story: this.story,
      now: () => this.clock.now(),
      tenants: TENANTS,
      authorize: ({ userId, tenantId }, action, type) =>
        !this.forbidden.has(`${tenantId} ${userId} ${action} ${type}`),
      // What a person may type but the server's own rule refuses.
      validate: ({ data }) => {
        const bad = Object.entries(data).find(([, value]) => typeof value === 'string' && value.endsWith('!'))
        return bad === undefined ? null : { message: `not accepted: ${bad[1]}`, path: bad[0] }
      },
      onChange: (tenantId, change) => this.#changed(tenantId, change),
    })
    this.network = new SimNetwork(this.clock, this.server, this.random('network'), this.story, this.faults)
    this.#makePeople(setup)
  }

  random(name: string): Random {
    return randomOf(this.seed, name)
  }

  get devices(): SimDevice[] {
    return this.people.map(({ device }) => device)
  }

  get tabs(): SimTab[] {
    return this.people.flatMap(({ device }) => device.tabs)
  }

  #makePeople(setup: Random): void {
    const hasSecondTenant = setup.chance(0.4)
    const ofFirst = 2 + setup.below(2)
    const ofSecond = hasSecondTenant ? 1 : 0
    for (let index = 0; index < ofFirst + ofSecond; index++) {
      const tenantId = index < ofFirst ? 't1' : 't2'
      // Two devices of one person now and then; the same name in both tenants is another person.
      const userId = `u${setup.chance(0.25) ? 1 : index + 1}`
      const device = new SimDevice('ABCDEF'[index] as string, { tenantId, userId }, drawHabits(setup))
      if (setup.chance(0.3)) device.skewMs = Math.round(setup.between(-300_000, 300_000))
      const model = this.server.model(tenantId)
      const log = new WriteLog(model)
      this.people.push({
        device,
        log,
        checks: new StoreChecks(device.name, log, model, this.story),
        view: { state: null, operations: [], conflicts: [], history: [], records: [] },
        viewedAt: -1,
        calling: [],
        asking: new Set(),
      })
    }
  }

  openTab(device: SimDevice): SimTab {
    const tab = new SimTab(device, {
      schema: this.schema,
      clock: this.clock,
      network: this.network,
      story: this.story,
      random: this.#random,
      storageFaults: () => ({ rate: this.faults.storage, delayMs: this.faults.storageMs }),
      died: (dying, point) => this.#died(dying, point),
      committed: (committing, writes) => this.#committed(committing, writes),
      mapped: (mapping, tempId) => this.#mapped(mapping, tempId),
    })
    this.story.say(tab.name, () => 'opens')
    return tab
  }

  personOf(device: SimDevice): Person {
    return this.people.find((person) => person.device === device) as Person
  }

  crash(tab: SimTab, why: string): void {
    this.story.say(tab.name, () => `crashes ${why}`)
    this.counts.crashes++
    this.#bury(tab)
  }

  /** Nothing of the tab happens any more; what it was asked may be done or not. */
  #bury(tab: SimTab): void {
    tab.die()
    const person = this.personOf(tab.device)
    for (const { tab: its, write } of person.calling)
      if (its === tab) person.log.end(write, this.step, 'unknown')
    person.calling = person.calling.filter(({ tab: its }) => its !== tab)
    for (const call of [...person.asking]) if (call.tab === tab) call.end()
  }

  closeTab(tab: SimTab): void {
    this.#bury(tab)
  }

  /** The whole device loses power: every tab, and of the disk what was not flushed. */
  losePower(device: SimDevice, count: number): void {
    for (const tab of [...device.tabs]) this.#bury(tab)
    const lost = device.image.losePower(count)
    this.counts.powerLosses++
    this.counts.crashes++
    this.story.say(device.name, () => `loses power, and with it ${lost} transactions`)
  }

  #died(tab: SimTab, point: Point): void {
    const person = this.personOf(tab.device)
    const random = this.#random
    if (this.faults.powerLoss > 0 && random.chance(0.4))
      this.losePower(person.device, random.below(person.device.image.unflushed + 1))
    else this.crash(tab, `at ${point}`)
  }

  #committed(tab: SimTab, writes: ReadonlyMap<string, Entry | null>): void {
    const person = this.personOf(tab.device)
    let isOwn = false
    for (const entry of writes.values()) {
      if (entry === null || entry.key[0] !== 'op') continue
      const operation = entry.value as StoredOperation
      for (const { tab: its, write } of person.calling) {
        if (its !== tab || write.committedAt !== null || !carries(person.log, operation, write)) continue
        isOwn = true
        write.committedAt = ++this.#commits
        write.isRacy = tab.device.foreignCommits !== write.foreignAt
      }
    }
    if (!isOwn && writes.size > 0) tab.device.foreignCommits++
  }

  /** Counts the mappings that met an edit made meanwhile, of the record or of what refers to it. */
  #mapped(tab: SimTab, tempId: string): void {
    const refersTo = (value: JsonValue): boolean =>
      value === tempId || (Array.isArray(value) && value.includes(tempId))
    // As things stood at the end of the last step: what was not in the request that the answer is about.
    const isMet = this.personOf(tab.device).view.operations.some(
      ({ state, entityId, data }) =>
        state === 'unsent' && (entityId === tempId || Object.values(data ?? {}).some(refersTo)),
    )
    if (isMet) this.counts.rewritesInRace++
  }

  /** I13: nobody's value is replaced by somebody who did not know it, and who was not asked. */
  #changed(tenantId: string, { operationId, type, id, before, after }: Change): void {
    const person = this.people.find(({ device }) => operationId.startsWith(`${device.name}-`))
    if (person === undefined || before === null) return
    if (person.device.account.tenantId !== tenantId)
      this.story.fail('I7', `${operationId} of ${person.device.account.tenantId} took effect in ${tenantId}`)
    if (this.schema.types[type]?.conflict.strategy !== 'manual') return
    const { log } = person
    const said = (field: string) =>
      this.story.fail(
        'I13',
        `${operationId} replaced ${type} ${id} ${field} ${JSON.stringify(before[field])}, which its writer never saw`,
      )
    if (after === null) {
      const deletes = log.all.filter(
        (write) => write.kind === 'delete' && write.outcome !== 'refused' && log.isOf(write, type, id),
      )
      for (const field of Object.keys(before))
        if (!deletes.some((write) => log.knew(write, field, before[field]))) said(field)
      return
    }
    for (const [field, value] of Object.entries(after)) {
      const write = log.writerOf(value)
      if (write !== undefined && value !== before[field] && !log.knew(write, field, before[field]))
        said(field)
    }
  }

  /** Reads what changed, and checks it. */
  async look(): Promise<void> {
    for (const person of this.people) {
      const { image } = person.device
      if (person.viewedAt === image.revision) continue
      person.viewedAt = image.revision
      person.view = await viewOf(image, this.schema)
      for (const { row } of person.view.conflicts) this.#count(`${person.device.name} ${row.id}`)
      person.checks.check(person.view, image.losses)
    }
  }

  #count(conflict: string): void {
    if (this.#conflictsSeen.has(conflict)) return
    this.#conflictsSeen.add(conflict)
    this.counts.conflicts++
  }
}

/** Whether this operation is what a call made: told by text that nobody else writes. */
const carries = (log: WriteLog, operation: StoredOperation, write: Write): boolean => {
  const { data, entityType, entityId, type } = operation
  if (entityType !== write.type) return false
  if (write.kind === 'delete') return type === 'delete' && log.isOf(write, entityType, entityId)
  for (const [field, value] of write.values)
    if (typeof value === 'string' && !isTempId(value) && data?.[field] === value) return true
  return false
}
