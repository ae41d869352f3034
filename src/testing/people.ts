import type { SyncEngine } from '../engine/types.ts'
import type { EntityId, JsonObject, JsonValue } from '../protocol/json.ts'
import type { ShownRecord } from '../stores/queries.ts'
import { Calls } from './calls.ts'
import type { Random } from './random.ts'
import { REQUIRED, TEXT_FIELDS } from './sim-schema.ts'
import type { SimTab } from './sim-tab.ts'
import type { Person, World } from './world.ts'
import type { GivingUp } from './writes.ts'

/** More rows than this would never meet. */
const MOST_ROWS = 20

/** The engine's writes without the schema's types: what is written is drawn. */
interface AnyEntities {
  create(type: string, data: JsonObject): Promise<{ id: EntityId }>
  update(type: string, id: EntityId, changes: JsonObject): Promise<unknown>
  delete(type: string, id: EntityId): Promise<void>
  get(type: string, id: EntityId): Promise<{ data: JsonObject } | undefined>
}

const entitiesOf = (engine: SyncEngine): AnyEntities => engine.entities as unknown as AnyEntities

/** What people do, drawn step by step. They see what is shown and call what the engine offers. */
export class People {
  readonly #world: World
  readonly #random: Random
  readonly #calls: Calls
  /** Cycles that were asked for and have not ended, by tab. */
  readonly asked = new Map<SimTab, number>()

  constructor(world: World) {
    this.#world = world
    this.#random = world.random('people')
    this.#calls = new Calls(world)
  }

  readonly #deeds = {
    create: (person: Person, tab: SimTab) => this.#create(person, tab),
    update: (person: Person, tab: SimTab) => this.#update(person, tab),
    move: (person: Person, tab: SimTab) => this.#move(person, tab),
    delete: (person: Person, tab: SimTab) => this.#delete(person, tab),
    chain: (person: Person, tab: SimTab) => this.#chain(person, tab),
    // Without waiting for each other.
    burst: (person: Person, tab: SimTab) => {
      for (let left = 2 + this.#random.below(3); left > 0; left--) this.#update(person, tab)
    },
    decide: (person: Person, tab: SimTab) => this.decide(person, tab),
    repair: (person: Person, tab: SimTab) => this.#repair(person, tab),
    sync: (_person: Person, tab: SimTab) => this.sync(tab),
    read: (person: Person, tab: SimTab) => this.#read(person, tab),
  }

  act(): void {
    const person = this.#random.pick(this.#world.people)
    const deed = this.#random.weighted({
      create: 14,
      update: 34,
      move: 10,
      delete: 12,
      chain: 5,
      burst: 6,
      decide: 12,
      repair: 6,
      sync: 8,
      read: 2,
    })
    const { awake } = person.device
    if (awake.length > 0) this.#deeds[deed](person, this.#random.pick(awake))
  }

  #any(person: Person, type?: string): ShownRecord | null {
    const { records } = person.view
    const fitting = type === undefined ? records : records.filter(({ entityType }) => entityType === type)
    if (fitting.length === 0) return null
    const isHot = this.#random.chance(this.#world.faults.hot)
    return this.#random.pick(isHot ? fitting.slice(0, 2) : fitting)
  }

  /** Text that nobody else ever writes, so that it can be found again wherever it is. */
  #text(person: Person, n: number, field: string): string {
    const mark = this.#random.chance(this.#world.faults.poison) ? '!' : ''
    return `${person.device.account.tenantId}:${n}.${field}${mark}`
  }

  #create(person: Person, tab: SimTab): void {
    const random = this.#random
    if (person.view.records.length >= MOST_ROWS) {
      this.#delete(person, tab)
      return
    }
    const type = random.weighted({ client: 3, pet: 3, visit: 2 })
    const n = ++this.#world.writes
    const required = REQUIRED[type] as string
    const values: JsonObject = { [required]: this.#text(person, n, required) }
    if (random.chance(0.3)) values.note = this.#text(person, n, 'note')
    if (type === 'pet') {
      const client = this.#any(person, 'client')
      if (client !== null && random.chance(0.85)) values.clientId = client.id
    }
    if (type === 'visit') {
      const pet = this.#any(person, 'pet')
      if (pet === null) return
      values.petId = pet.id
      if (random.chance(0.3)) values.witnessIds = this.#witnesses(person)
    }
    this.#createAs(person, tab, n, type, values)
  }

  #createAs(
    person: Person,
    tab: SimTab,
    n: number,
    type: string,
    values: JsonObject,
    then: (id: EntityId) => void = () => undefined,
  ): void {
    const call = { n, type, kind: 'create' as const, record: null, values, seen: null }
    this.#calls.write(person, tab, call, async () => {
      const { id } = await entitiesOf(tab.engine).create(type, values)
      queueMicrotask(() => then(id))
      return id
    })
  }

  #witnesses(person: Person): JsonValue {
    return person.view.records
      .filter(({ entityType }) => entityType === 'client' && this.#random.chance(0.4))
      .slice(0, 3)
      .map(({ id }) => id)
  }

  #update(person: Person, tab: SimTab): void {
    const record = this.#any(person)
    if (record === null) return
    const n = ++this.#world.writes
    const fields = TEXT_FIELDS[record.entityType] as readonly string[]
    const changes: JsonObject = {}
    for (let left = this.#random.chance(0.25) ? 2 : 1; left > 0; left--) {
      const field = this.#random.pick(fields)
      const isCleared = field !== REQUIRED[record.entityType] && this.#random.chance(0.1)
      changes[field] = isCleared ? null : this.#text(person, n, field)
    }
    this.#change(person, tab, record, changes, n)
  }

  #move(person: Person, tab: SimTab): void {
    const random = this.#random
    const record = this.#any(person, random.pick(['pet', 'pet', 'visit']))
    if (record === null) return
    const to = this.#any(person, record.entityType === 'pet' ? 'client' : 'pet')
    if (record.entityType === 'pet') {
      const isFreed = to === null || random.chance(0.15)
      this.#change(person, tab, record, { clientId: isFreed ? null : to.id })
    } else if (random.chance(0.3)) {
      this.#change(person, tab, record, { witnessIds: this.#witnesses(person) })
    } else if (to !== null) {
      this.#change(person, tab, record, { petId: to.id })
    }
  }

  #change(
    person: Person,
    tab: SimTab,
    { entityType: type, id, data }: Pick<ShownRecord, 'entityType' | 'id' | 'data'>,
    values: JsonObject,
    n = ++this.#world.writes,
  ): void {
    const call = { n, type, kind: 'update' as const, record: id, values, seen: data }
    this.#calls.write(person, tab, call, async () => {
      await entitiesOf(tab.engine).update(type, id, values)
      return id
    })
  }

  #delete(person: Person, tab: SimTab): void {
    const record = this.#any(person)
    if (record !== null) this.#remove(person, tab, record)
  }

  #remove(
    person: Person,
    tab: SimTab,
    { entityType: type, id, data }: Pick<ShownRecord, 'entityType' | 'id' | 'data'>,
  ): void {
    const n = ++this.#world.writes
    const call = { n, type, kind: 'delete' as const, record: id, values: {}, seen: data }
    this.#calls.write(person, tab, call, async () => {
      await entitiesOf(tab.engine).delete(type, id)
      return id
    })
  }

  /** Create, edit and perhaps delete, each as soon as the one before resolved. */
  #chain(person: Person, tab: SimTab): void {
    const n = ++this.#world.writes
    const data = { name: this.#text(person, n, 'name') }
    this.#createAs(person, tab, n, 'client', data, (id) => {
      if (tab.isDead) return
      const edited = ++this.#world.writes
      const phone = this.#text(person, edited, 'phone')
      this.#change(person, tab, { entityType: 'client', id, data }, { phone }, edited)
      if (this.#random.chance(0.5))
        this.#remove(person, tab, { entityType: 'client', id, data: { ...data, phone } })
    })
  }

  decide(person: Person, tab: SimTab, side?: 'server-wins'): void {
    const { log, device, view } = person
    if (view.conflicts.length === 0) return
    const { row, id, localData, serverData } = this.#random.pick(view.conflicts)
    const type = side ?? this.#random.pick(['server-wins', 'client-wins', 'merge'] as const)
    const strategy: Parameters<SyncEngine['conflicts']['resolve']>[1] = { type }
    const fields: string[] = []
    if (type === 'merge') {
      const merged: JsonObject = {}
      for (const field of TEXT_FIELDS[row.entityType] as readonly string[]) {
        const value = this.#random.pick([localData, serverData])?.[field]
        if (value !== undefined) merged[field] = value
      }
      strategy.mergedData = merged
      fields.push(...Object.keys(merged))
    }
    if (serverData !== null) log.show(row.entityType, id, serverData)
    const foreignAt = device.foreignCommits
    this.#calls.other(
      person,
      tab,
      `decides conflict ${row.id} of ${row.entityType} ${id} (${row.kind}): ${type}`,
      () => tab.engine.conflicts.resolve(row.id, strategy),
      fields.length === 0 ? null : { type: row.entityType, record: id, fields },
      () => {
        // The decision itself is one commit; with more of them the person may have decided what was not shown.
        if (device.foreignCommits > foreignAt + 1) log.forgive(row.entityType, id)
      },
    )
  }

  #repair(person: Person, tab: SimTab): void {
    const random = this.#random
    const open = person.view.operations.filter(
      ({ state, decides }) =>
        decides === undefined && (state === 'rejected' || (state === 'unsent' && random.chance(0.1))),
    )
    if (open.length === 0) return
    const { seq, type, entityType, entityId } = random.pick(open)
    if (random.chance(0.5)) {
      this.discard(person, tab, seq)
      return
    }
    // A deletion that is wanted again is newer than what was edited since it was refused.
    const givingUp: GivingUp | null =
      type === 'delete' ? { type: entityType, record: entityId, fields: 'edits' } : null
    const retry = () => tab.engine.operations.retry(seq)
    this.#calls.other(person, tab, `retries operation ${seq}`, retry, givingUp)
  }

  discard(person: Person, tab: SimTab, seq: number): void {
    const operation = person.view.operations.find((other) => other.seq === seq)
    if (operation === undefined) return
    const { type, entityType, entityId, data = {} } = operation
    // What is being written at this moment may have joined it before it goes.
    const isJoined = person.calling.some(({ write }) => person.log.isOf(write, entityType, entityId))
    const updated = isJoined ? 'edits' : Object.keys(data)
    const fields = type === 'create' ? 'all' : type === 'delete' ? 'delete' : updated
    const discard = () => tab.engine.operations.discard(seq)
    this.#calls.other(person, tab, `discards ${type} ${entityType} ${entityId}`, discard, {
      type: entityType,
      record: entityId,
      fields,
    })
  }

  sync(tab: SimTab): void {
    const count = (change: number) => this.asked.set(tab, (this.asked.get(tab) ?? 0) + change)
    this.#world.story.say(tab.name, () => 'asks for a cycle')
    count(1)
    tab.engine.bidirectionalSync().then(
      () => count(-1),
      (error: unknown) => this.#world.story.fail('DEFECT', `${tab.name}: a cycle rejected: ${error}`),
    )
  }

  /** A screen shows what the store holds. */
  #read(person: Person, tab: SimTab): void {
    const record = this.#any(person)
    if (record === null) return
    const { image } = person.device
    const { entityType, id } = record
    const { revision } = image
    this.#calls.other(person, tab, `looks at ${entityType} ${id}`, async () => {
      const shown = await entitiesOf(tab.engine).get(entityType, id)
      if (image.revision !== revision || JSON.stringify(shown?.data) === JSON.stringify(record.data)) return
      const text = `${tab.name} reads ${JSON.stringify(shown)}, stored is ${JSON.stringify(record)}`
      this.#world.story.fail('I4', text)
    })
  }
}
