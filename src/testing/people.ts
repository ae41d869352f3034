import type { SyncEngine } from '../engine/types.ts'
import { SyncError } from '../protocol/errors.ts'
import type { EntityId, JsonObject, JsonValue } from '../protocol/json.ts'
import type { ShownRecord } from '../stores/queries.ts'
import type { Random } from './random.ts'
import { REQUIRED, TEXT_FIELDS } from './sim-schema.ts'
import type { SimTab } from './sim-tab.ts'
import type { Person, World } from './world.ts'
import type { GivingUp, Write } from './writes.ts'

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

/** Codes that say no to a call for what it asks, so that nothing was written. */
const REFUSALS: ReadonlySet<string> = new Set([
  'NOT_FOUND',
  'HAS_CHILDREN',
  'UNKNOWN_TEMP_ID',
  'OPERATION_SENT',
  'UNKNOWN_OPERATION',
  'UNKNOWN_CONFLICT',
  'VALIDATION',
])

/** What people do, drawn step by step. They see what is shown and call what the engine offers. */
export class People {
  readonly #world: World
  readonly #random: Random
  /** Cycles that were asked for and have not ended, by tab. */
  readonly asked = new Map<SimTab, number>()

  constructor(world: World) {
    this.#world = world
    this.#random = world.random('people')
  }

  act(): void {
    const random = this.#random
    const person = random.pick(this.#world.people)
    const tab = person.device.awake.length === 0 ? null : random.pick(person.device.awake)
    const deed = random.weighted({
      create: 14,
      update: 36,
      move: 10,
      delete: 8,
      chain: 5,
      burst: 6,
      decide: 12,
      repair: 6,
      sync: 8,
      read: 2,
    })
    if (tab === null) return
    switch (deed) {
      case 'create':
        this.#create(person, tab)
        return
      case 'update':
        this.#update(person, tab)
        return
      case 'move':
        this.#move(person, tab)
        return
      case 'delete':
        this.#delete(person, tab)
        return
      case 'chain':
        this.#chain(person, tab)
        return
      case 'burst':
        for (let left = 2 + random.below(3); left > 0; left--) this.#update(person, tab)
        return
      case 'decide':
        this.decideOne(person, tab)
        return
      case 'repair':
        this.#repair(person, tab)
        return
      case 'sync':
        this.sync(tab)
        return
      case 'read':
        this.#read(person, tab)
        return
    }
  }

  #shown(person: Person, type?: string): ShownRecord[] {
    return person.view.records.filter((record) => type === undefined || record.entityType === type)
  }

  #any(person: Person, type?: string): ShownRecord | null {
    const records = this.#shown(person, type)
    if (records.length === 0) return null
    const isHot = this.#random.chance(this.#world.faults.hot)
    return this.#random.pick(isHot ? records.slice(0, 2) : records)
  }

  /** Text that nobody else ever writes, so that it can be found again wherever it is. */
  #text(person: Person, n: number, field: string): string {
    const mark = this.#random.chance(this.#world.faults.poison) ? '!' : ''
    return `${person.device.account.tenantId}:${n}.${field}${mark}`
  }

  #create(person: Person, tab: SimTab): void {
    const type = this.#random.weighted({ client: 3, pet: 3, visit: 2 })
    if (this.#shown(person).length >= MOST_ROWS) {
      this.#delete(person, tab)
      return
    }
    const n = ++this.#world.writes
    const data: JsonObject = {}
    const required = REQUIRED[type] as string
    data[required] = this.#text(person, n, required)
    if (this.#random.chance(0.3)) data.note = this.#text(person, n, 'note')
    if (type === 'pet') {
      const client = this.#any(person, 'client')
      if (client !== null && this.#random.chance(0.85)) data.clientId = client.id
    }
    if (type === 'visit') {
      const pet = this.#any(person, 'pet')
      if (pet === null) return
      data.petId = pet.id
      if (this.#random.chance(0.3)) data.witnessIds = this.#witnesses(person)
    }
    this.#create2(person, tab, n, type, data)
  }

  #create2(person: Person, tab: SimTab, n: number, type: string, data: JsonObject): void {
    const write = this.#begin(person, tab, n, type, 'create', null, data, null)
    this.#follow(person, tab, write, async () => {
      const { id } = await entitiesOf(tab.engine).create(type, data)
      return id
    })
  }

  #witnesses(person: Person): JsonValue {
    return this.#shown(person, 'client')
      .filter(() => this.#random.chance(0.4))
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
    this.#change(person, tab, n, record, changes)
  }

  #move(person: Person, tab: SimTab): void {
    const record = this.#any(person, this.#random.pick(['pet', 'pet', 'visit']))
    if (record === null) return
    const to = this.#any(person, record.entityType === 'pet' ? 'client' : 'pet')
    const n = ++this.#world.writes
    if (record.entityType === 'pet') {
      const isFreed = to === null || this.#random.chance(0.15)
      this.#change(person, tab, n, record, { clientId: isFreed ? null : to.id })
      return
    }
    if (this.#random.chance(0.3)) {
      this.#change(person, tab, n, record, { witnessIds: this.#witnesses(person) })
      return
    }
    if (to !== null) this.#change(person, tab, n, record, { petId: to.id })
  }

  #change(person: Person, tab: SimTab, n: number, record: ShownRecord, changes: JsonObject): void {
    const { entityType, id, data } = record
    const write = this.#begin(person, tab, n, entityType, 'update', id, changes, data)
    this.#follow(person, tab, write, async () => {
      await entitiesOf(tab.engine).update(entityType, id, changes)
      return id
    })
  }

  #delete(person: Person, tab: SimTab): void {
    const record = this.#any(person)
    if (record === null) return
    const { entityType, id, data } = record
    const write = this.#begin(person, tab, ++this.#world.writes, entityType, 'delete', id, {}, data)
    this.#follow(person, tab, write, async () => {
      await entitiesOf(tab.engine).delete(entityType, id)
      return id
    })
  }

  /** Create, edit and perhaps delete, each as soon as the one before resolved. */
  #chain(person: Person, tab: SimTab): void {
    const n = ++this.#world.writes
    const name = this.#text(person, n, 'name')
    const data = { name }
    const created = this.#begin(person, tab, n, 'client', 'create', null, data, null)
    this.#follow(person, tab, created, async () => {
      const { id } = await entitiesOf(tab.engine).create('client', data)
      queueMicrotask(() => this.#chained(person, tab, id, data))
      return id
    })
  }

  #chained(person: Person, tab: SimTab, id: EntityId, data: JsonObject): void {
    if (tab.isDead) return
    const n = ++this.#world.writes
    const phone = { phone: this.#text(person, n, 'phone') }
    const edited = this.#begin(person, tab, n, 'client', 'update', id, phone, data)
    this.#follow(person, tab, edited, async () => {
      await entitiesOf(tab.engine).update('client', id, phone)
      return id
    })
    if (this.#random.chance(0.5)) return
    const seen = { ...data, ...phone }
    const deleted = this.#begin(person, tab, ++this.#world.writes, 'client', 'delete', id, {}, seen)
    this.#follow(person, tab, deleted, async () => {
      await entitiesOf(tab.engine).delete('client', id)
      return id
    })
  }

  decideOne(person: Person, tab: SimTab, side?: 'server-wins'): void {
    const open = person.view.conflicts
    if (open.length === 0) return
    const { row, id, localData, serverData } = this.#random.pick(open)
    const type = side ?? this.#random.pick(['server-wins', 'client-wins', 'merge'] as const)
    const strategy: Parameters<SyncEngine['conflicts']['resolve']>[1] = { type }
    if (strategy.type === 'merge') {
      const merged: JsonObject = {}
      for (const field of TEXT_FIELDS[row.entityType] as readonly string[]) {
        const value = this.#random.pick([localData, serverData])?.[field]
        if (value !== undefined) merged[field] = value
      }
      strategy.mergedData = merged
    }
    const { log, device } = person
    if (serverData !== null) log.show(row.entityType, id, serverData)
    const foreignAt = device.foreignCommits
    const told = `decides conflict ${row.id} of ${row.entityType} ${id} (${row.kind}): ${strategy.type}`
    const fields = Object.keys(strategy.mergedData ?? {})
    const givingUp = fields.length === 0 ? null : { type: row.entityType, record: id, fields }
    this.#call(
      person,
      tab,
      told,
      () => tab.engine.conflicts.resolve(row.id, strategy),
      givingUp,
      () => {
        // The decision itself is one commit; with more of them the person may have decided what was not shown.
        if (device.foreignCommits > foreignAt + 1) log.forgive(row.entityType, id)
      },
    )
  }

  #repair(person: Person, tab: SimTab): void {
    const open = person.view.operations.filter(
      ({ state, decides }) =>
        decides === undefined && (state === 'rejected' || (state === 'unsent' && this.#random.chance(0.1))),
    )
    if (open.length === 0) return
    const { seq, type, entityType, entityId } = this.#random.pick(open)
    if (this.#random.chance(0.5)) {
      this.discard(person, tab, seq)
      return
    }
    // A deletion that is wanted again is newer than what was edited since it was refused.
    const givingUp =
      type === 'delete' ? { type: entityType, record: entityId, fields: 'edits' as const } : null
    this.#call(person, tab, `retries operation ${seq}`, () => tab.engine.operations.retry(seq), givingUp)
  }

  discard(person: Person, tab: SimTab, seq: number): void {
    const operation = person.view.operations.find((other) => other.seq === seq)
    if (operation === undefined) return
    const { type, entityType, entityId, data = {} } = operation
    // What is being written at this moment may have joined it before it goes.
    const isJoined = person.calling.some(({ write }) => person.log.isOf(write, entityType, entityId))
    const updated = isJoined ? 'edits' : Object.keys(data)
    const fields = type === 'create' ? 'all' : type === 'delete' ? 'delete' : updated
    this.#call(
      person,
      tab,
      `discards ${type} ${entityType} ${entityId}`,
      () => tab.engine.operations.discard(seq),
      { type: entityType, record: entityId, fields },
    )
  }

  sync(tab: SimTab): void {
    this.#world.story.say(tab.name, () => 'asks for a cycle')
    this.asked.set(tab, (this.asked.get(tab) ?? 0) + 1)
    tab.engine.bidirectionalSync().then(
      () => this.asked.set(tab, (this.asked.get(tab) ?? 0) - 1),
      (error: unknown) => this.#world.story.fail('DEFECT', `${tab.name}: a cycle rejected: ${error}`),
    )
  }

  /** A screen shows what the store holds. */
  #read(person: Person, tab: SimTab): void {
    const record = this.#any(person)
    if (record === null) return
    const { revision } = person.device.image
    this.#call(person, tab, `looks at ${record.entityType} ${record.id}`, async () => {
      const shown = await entitiesOf(tab.engine).get(record.entityType, record.id)
      if (person.device.image.revision !== revision) return
      if (JSON.stringify(shown?.data) !== JSON.stringify(record.data))
        this.#world.story.fail(
          'I4',
          `${tab.name} reads ${JSON.stringify(shown)}, stored ${JSON.stringify(record)}`,
        )
    })
  }

  #begin(
    person: Person,
    tab: SimTab,
    n: number,
    type: string,
    kind: Write['kind'],
    record: EntityId | null,
    values: JsonObject,
    seen: JsonObject | null,
  ): Write {
    const write = person.log.begin({
      n,
      device: person.device.name,
      type,
      kind,
      record,
      values: new Map(Object.entries(values)),
      seen,
      startedAt: this.#world.step,
      foreignAt: person.device.foreignCommits,
    })
    person.calling.push({ tab, write })
    this.#world.story.say(tab.name, () => `${kind}s ${type} ${record ?? ''} ${JSON.stringify(values)}`)
    return write
  }

  #follow(person: Person, tab: SimTab, write: Write, work: () => Promise<EntityId>): void {
    const { story } = this.#world
    const over = () => {
      person.calling = person.calling.filter((call) => call.write !== write)
    }
    work().then(
      (id) => {
        over()
        story.say(tab.name, () => `write ${write.n} is durable, ${write.type} ${id}`)
        person.log.accept(write, this.#world.step, id)
      },
      (error: unknown) => {
        over()
        const code = this.#codeOf(tab, error)
        story.say(tab.name, () => `write ${write.n} failed: ${code}`)
        person.log.end(write, this.#world.step, REFUSALS.has(code) ? 'refused' : 'unknown')
      },
    )
  }

  /** A call that is no write of a record; what it gives up is gone unless it was refused, as it may have happened. */
  #call(
    person: Person,
    tab: SimTab,
    words: string,
    work: () => Promise<void>,
    givingUp: GivingUp | null = null,
    then: () => void = () => undefined,
  ): void {
    const { log } = person
    this.#world.story.say(tab.name, () => words)
    if (givingUp !== null) log.beginGivingUp(givingUp)
    const call = {
      tab,
      end: () => {
        person.asking.delete(call)
        if (givingUp !== null) log.giveUp(givingUp)
        then()
      },
    }
    person.asking.add(call)
    work().then(call.end, (error: unknown) => {
      const code = this.#codeOf(tab, error)
      this.#world.story.say(tab.name, () => `${words}: ${code}`)
      if (!REFUSALS.has(code)) return call.end()
      person.asking.delete(call)
      if (givingUp !== null) log.endGivingUp(givingUp)
    })
  }

  #codeOf(tab: SimTab, error: unknown): string {
    if (error instanceof SyncError) return error.code
    const text = error instanceof Error ? error.stack : String(error)
    this.#world.story.fail('DEFECT', `${tab.name}: a call failed with ${text}`)
    return 'DEFECT'
  }
}
