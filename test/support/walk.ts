import type { StoredOperation } from '../../src/core/model.ts'
import type { SyncError } from '../../src/protocol/errors.ts'
import type { EntityId, JsonObject } from '../../src/protocol/json.ts'
import type { DownloadAnswer, UploadAnswer, UploadRequest } from '../../src/protocol/messages.ts'
import type { Schema } from '../../src/protocol/schema.ts'
import type { Batch } from '../../src/stores/outbox.ts'
import { planOf } from '../../src/stores/outbox.ts'
import type { PageAsked } from '../../src/stores/pages.ts'
import type { ShownRecord } from '../../src/stores/queries.ts'
import { Ledger } from './ledger.ts'
import { ModelServer } from './model-server.ts'
import { practice } from './practice.ts'
import { QuickStorage } from './quick-storage.ts'
import { manualClock, seededRandom } from './seeded.ts'
import { checkedDownload, checkedUpload, Device, wire } from './store-harness.ts'

/** What a device's engine holds in memory, and loses when it dies. */
interface Session {
  device: Device
  storage: QuickStorage
  conserved: number
  user: string
  request: { batch: Batch; body: UploadRequest } | null
  /** Answers that arrived or will arrive late: each may settle more than once. */
  answers: { batch: Batch; answer: UploadAnswer }[]
  asked: PageAsked | null
  pages: { asked: PageAsked; answer: DownloadAnswer }[]
}

const EXPECTED = new Set([
  'HAS_CHILDREN',
  'NOT_FOUND',
  'OPERATION_SENT',
  'UNKNOWN_TEMP_ID',
  'UNKNOWN_OPERATION',
  'UNKNOWN_CONFLICT',
])

const TYPES = ['client', 'pet', 'appointment'] as const

export interface WalkCounts {
  steps: number
  crashes: number
  lostAnswers: number
  conflicts: number
  rejections: number
  merges: number
  resets: number
  decisions: number
  idMoves: number
}

/** Two devices, one server, and everything that can go wrong between two steps; one seed is one run, the same every time. */
export class Walk {
  readonly counts: WalkCounts = {
    steps: 0,
    crashes: 0,
    lostAnswers: 0,
    conflicts: 0,
    rejections: 0,
    merges: 0,
    resets: 0,
    decisions: 0,
    idMoves: 0,
  }
  readonly trace: string[] = []
  readonly server: ModelServer
  readonly ledger = new Ledger()
  readonly #random: () => number
  readonly #clock = manualClock()
  readonly #sessions: Session[] = []
  readonly #authors = new Map<string, string>()
  readonly #sentBytes = new Map<string, string>()
  readonly #rates: { refuse: number; partial: number; fail: number; batch: number; page: number }
  #isHealed = false

  private constructor(seed: number) {
    this.#random = seededRandom(seed)
    // Drawn once: some runs are nearly clean, some brutal.
    this.#rates = {
      refuse: this.#chance(0.5) ? this.#random() * 0.2 : 0,
      partial: this.#chance(0.5) ? this.#random() * 0.3 : 0,
      fail: this.#chance(0.5) ? this.#random() * 0.2 : 0,
      batch: 1 + this.#below(4),
      page: 1 + this.#below(3),
    }
    const hasDefaults = this.#chance(0.3)
    const refused = new Map<string, boolean>()
    this.server = new ModelServer({
      schema: practice as unknown as Schema,
      merges: this.#chance(0.6),
      now: () => this.#clock.now(),
      refuse: ({ id }) => {
        if (!refused.has(id)) refused.set(id, !this.#isHealed && this.#chance(this.#rates.refuse))
        return refused.get(id) ? { code: 'VALIDATION', message: 'refused' } : null
      },
      ...(hasDefaults
        ? {
            defaults: (_type: string, data: JsonObject): JsonObject =>
              data.phone === undefined ? {} : { email: `of ${data.phone}` },
          }
        : {}),
    })
  }

  static async run(seed: number, steps: number): Promise<Walk> {
    const walk = new Walk(seed)
    const isOneUser = walk.#chance(0.5)
    for (const name of ['a', 'b']) {
      const storage = new QuickStorage(seed % 16 === 0)
      const device = await Device.open({
        name,
        seed: seed * 2 + (name === 'a' ? 0 : 1),
        clock: walk.#clock,
        quick: storage,
      })
      const user = isOneUser ? 'u' : name
      walk.#sessions.push({
        device,
        storage,
        conserved: 0,
        user,
        request: null,
        answers: [],
        asked: null,
        pages: [],
      })
    }
    try {
      await walk.#begin()
      for (let index = 0; index < steps; index++) await walk.#step()
      await walk.#heal()
    } catch (error) {
      const { message } = error as Error
      throw new Error(`seed ${seed}: ${message}\n${walk.trace.slice(-90).join('\n')}`, { cause: error })
    }
    return walk
  }

  #chance(probability: number): boolean {
    return this.#random() < probability
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[this.#below(list.length)]
  }

  #say(session: Session, text: string): void {
    this.trace.push(`${session.device.name} ${text}`)
  }

  // What people do

  async #write(session: Session): Promise<void> {
    const { device } = session
    const { name } = device
    const type = this.#chance(0.4) ? 'client' : (this.#pick(TYPES) as string)
    const records = await device.list(type)
    // Mostly the first: two people who never touch the same record never disagree.
    const record = this.#chance(0.6) ? records[0] : this.#pick(records)
    const roll = this.#random()
    if (record === undefined || (roll < 0.25 && records.length < 4)) {
      const data = await this.#content(session, type)
      if (data === null) return
      const id = await device.create(type, data)
      this.ledger.wrote(name, `${type} ${id}`, data)
      return this.#say(session, `creates ${id} ${JSON.stringify(data)}`)
    }
    this.ledger.saw(name, record.data)
    if (roll < 0.9) {
      const changes = await this.#changes(session, type, record)
      this.#say(session, `updates ${type} ${record.id} ${JSON.stringify(changes)}`)
      await device.update(type, record.id, changes, this.#below(3))
      return this.ledger.wrote(name, `${type} ${record.key}`, changes)
    }
    this.#say(session, `deletes ${type} ${record.id}`)
    await device.delete(type, record.id)
    this.ledger.deleted(name, `${type} ${record.key}`)
  }

  async #content(session: Session, type: string): Promise<JsonObject | null> {
    const token = () => this.ledger.token(session.device.name)
    if (type === 'client') return { name: token(), ...(this.#chance(0.5) ? { phone: token() } : {}) }
    const parents = await session.device.list(type === 'pet' ? 'client' : 'pet')
    const parent = this.#pick(parents)
    if (parent === undefined) return null
    // Sometimes by the old id, as an open form would.
    const id: EntityId = this.#chance(0.3) && parent.key.startsWith('temp_') ? parent.key : parent.id
    return type === 'pet' ? { name: token(), clientId: id } : { reason: token(), petId: id }
  }

  async #changes(session: Session, type: string, record: ShownRecord): Promise<JsonObject> {
    const token = () => this.ledger.token(session.device.name)
    const clear = () => (this.#chance(0.15) ? null : token())
    if (type === 'client')
      return this.#chance(0.5)
        ? { name: token() }
        : { phone: clear(), ...(this.#chance(0.3) ? { name: token() } : {}) }
    if (type === 'appointment') {
      const pet = this.#pick(await session.device.list('pet'))
      return pet !== undefined && this.#chance(0.4) ? { petId: pet.id } : { reason: clear() }
    }
    const roll = this.#random()
    const client = this.#pick(await session.device.list('client'))
    if (roll < 0.3 && client !== undefined) return { clientId: client.id }
    const sibling = this.#pick(await session.device.list('pet'))
    if (roll < 0.5 && sibling !== undefined && sibling.version !== null && record.version !== null)
      return { siblingId: sibling.id }
    return roll < 0.75 ? { name: token() } : { species: clear() }
  }

  async #decide(session: Session): Promise<void> {
    const { device } = session
    const conflict = this.#pick(await device.conflicts())
    if (conflict === undefined) return
    const { row, localData, serverData } = conflict
    const roll = this.#random()
    this.ledger.saw(device.name, localData, serverData)
    const side = roll < 0.4 ? 'server-wins' : 'client-wins'
    const merged =
      roll > 0.8 && row.entityType === 'client' && serverData !== null
        ? { name: this.ledger.token(device.name) }
        : undefined
    this.#say(
      session,
      `decides conflict ${row.id} (${row.kind} of ${row.entityType} ${conflict.id}): ${side} ${merged?.name ?? ''}`,
    )
    const record = await device.get(row.entityType, conflict.id)
    await device.decide(row.id, side, merged)
    if (merged !== undefined) this.ledger.wrote(device.name, `${row.entityType} ${record?.key}`, merged)
    this.counts.decisions++
  }

  async #handleRefused(session: Session): Promise<void> {
    const { device } = session
    const refused = (await device.operations()).filter((operation) => operation.state === 'rejected')
    const operation = this.#chance(0.15) ? this.#pick(await device.operations()) : this.#pick(refused)
    if (operation === undefined) return
    if (this.#chance(0.5)) {
      return await this.#retry(session, operation)
    }
    this.#say(session, `discards ${operation.seq}`)
    const before = await device.operations()
    await device.discard(operation.seq)
    const left = new Set((await device.operations()).map(({ seq }) => seq))
    this.ledger.gaveUp(before.filter(({ seq }) => !left.has(seq)).map(({ data }) => data ?? null))
  }

  async #retry(session: Session, operation: StoredOperation): Promise<void> {
    const { device } = session
    this.#say(session, `retries ${operation.seq}`)
    const record = await device.get(operation.entityType, operation.entityId)
    await device.retry(operation.seq)
    // A delete takes with it what was edited since it was refused.
    if (operation.type === 'delete' && operation.state === 'rejected' && record !== undefined)
      this.ledger.deleted(device.name, `${operation.entityType} ${record.key}`)
  }

  // What engines and the network do

  async #claim(session: Session): Promise<void> {
    const batch = await session.device.claim(this.#rates.batch)
    if (batch === null) return
    this.#say(
      session,
      `claims ${batch.batchId}: ${batch.operations.map((operation) => `${operation.type} ${operation.entityType} ${operation.entityId}`)}`,
    )
    for (const operation of batch.operations) {
      const bytes = JSON.stringify(operation)
      const known = this.#sentBytes.get(operation.id)
      if (known !== undefined && known !== bytes)
        throw new Error(`operation ${operation.id} changed its bytes`)
      if (known === undefined) this.#checkIds(operation, batch)
      this.#sentBytes.set(operation.id, bytes)
      this.#authors.set(operation.id, session.device.name)
    }
    session.request = { batch, body: wire({ clientId: batch.clientId, operations: batch.operations }) }
  }

  /** A request refers to a temp id only where it is mapped, or created in the same request. */
  #checkIds(operation: Batch['operations'][number], batch: Batch): void {
    const known = new Set<string>(this.server.mappings.keys())
    for (const other of batch.operations) if (other.type === 'create') known.add(String(other.entityId))
    const named = JSON.stringify([operation.entityId, operation.data ?? null]).match(/temp_\d+_\w+/g) ?? []
    for (const id of named)
      if (!known.has(id)) throw new Error(`operation ${operation.id} was sent with ${id}, which nobody knows`)
  }

  #deliver(session: Session): void {
    if (session.request === null) return
    const { batch, body } = session.request
    const answer = checkedUpload(this.server.upload(session.user, wire(body)))
    for (const { status, error } of answer.results) {
      const isOurFault =
        error !== undefined &&
        !['VALIDATION', 'DEPENDENCY_FAILED', 'PARENT_DELETED', 'ALREADY_RESOLVED'].includes(error.code)
      if (isOurFault || error?.path === 'baseVersion' || error?.path === 'data')
        throw new Error(`the server says ${JSON.stringify(error)}`)
      if (status === 'merged') this.counts.merges++
    }
    this.#say(
      session,
      `is answered on ${batch.batchId}: ${answer.results.map((result) => `${result.id} ${result.status}${result.error?.code ?? ''}`)}`,
    )
    if (this.#chance(this.#rates.partial)) answer.results = answer.results.filter(() => this.#chance(0.5))
    session.answers.push({ batch, answer })
    if (!this.#chance(0.2)) session.request = null
    const problems = this.ledger.follow(this.server.effects, this.#authors)
    if (problems.length > 0) throw new Error(problems.join('; '))
  }

  async #settle(session: Session): Promise<void> {
    const entry = this.#chance(0.8) ? session.answers.at(-1) : this.#pick(session.answers)
    if (entry === undefined) return
    if (!this.#chance(0.3)) session.answers.splice(session.answers.indexOf(entry), 1)
    const { mapped } = await this.#watching(session, async () => {
      const settled = await session.device.settle(entry.batch, entry.answer)
      this.#say(session, `settles ${entry.batch.batchId}: ${JSON.stringify(settled)}`)
      this.counts.conflicts += settled.conflicts
      this.counts.rejections += settled.rejected
    })
    this.counts.idMoves += mapped
  }

  async #watching(session: Session, work: () => Promise<void>): Promise<{ mapped: number }> {
    let mapped = 0
    const stop = session.device.store.subscribe((changes) => {
      mapped += changes.mapped.length
    })
    try {
      await work()
    } finally {
      stop()
    }
    return { mapped }
  }

  #download(session: Session): void {
    if (session.asked === null) return
    const { asked } = session
    const body = wire({ lastSync: asked.cursor, limit: this.#rates.page })
    session.pages.push({ asked, answer: checkedDownload(this.server.download(session.user, body)) })
    if (!this.#chance(0.2)) session.asked = null
  }

  async #page(session: Session): Promise<void> {
    const entry = this.#chance(0.8) ? session.pages.at(-1) : this.#pick(session.pages)
    if (entry === undefined) return
    if (!this.#chance(0.3)) session.pages.splice(session.pages.indexOf(entry), 1)
    const before = (await session.device.conflicts()).length
    const result = await session.device.page(entry.asked, entry.answer)
    if (entry.answer.reset !== undefined && !result.isStale) this.counts.resets++
    this.counts.conflicts += Math.max(0, (await session.device.conflicts()).length - before)
    this.#say(
      session,
      `gets a page: ${JSON.stringify(result)} ${entry.answer.entities.map((row) => `${row.entityType} ${row.id} v${row.version}`)} -${entry.answer.deletions.map((row) => `${row.entityType} ${row.id}`)} closed ${entry.answer.closedConflicts.map((row) => row.conflictId)}`,
    )
  }

  async #crash(session: Session): Promise<void> {
    this.#say(session, 'dies')
    this.counts.crashes++
    if (session.answers.length > 0) this.counts.lostAnswers++
    // A frozen tab may thaw later and still hold its answers and pages.
    if (this.#chance(0.7)) Object.assign(session, { answers: [], pages: [] })
    Object.assign(session, { request: null, asked: null })
    await session.device.reopen()
  }

  #elsewhere(): void {
    const conflict = this.#pick(this.server.conflicts.filter((other) => other.state === 'open'))
    if (conflict === undefined) return
    const isChanging = conflict.type === 'client' && conflict.serverData !== null && this.#chance(0.5)
    this.trace.push(`somebody closes server conflict ${conflict.id}`)
    this.server.resolveElsewhere(conflict, isChanging ? { name: this.ledger.token('x') } : undefined)
  }

  // The run

  async #step(): Promise<void> {
    this.counts.steps++
    this.#clock.advance(this.#below(3) * 10)
    const session = this.#pick(this.#sessions) as Session
    const roll = this.#random()
    if (this.#chance(this.#rates.fail)) session.storage.failAt = this.#below(4)
    try {
      if (roll < 0.3) await this.#write(session)
      else if (roll < 0.56) await this.#work(session)
      else if (roll < 0.7) await this.#push(session)
      else if (roll < 0.8) await this.#pull(session)
      else if (roll < 0.91) await this.#decide(session)
      else if (roll < 0.95) await this.#handleRefused(session)
      else if (roll < 0.98) await this.#crash(session)
      else if (roll < 0.99) this.#elsewhere()
      else this.server.expireCursors()
    } catch (error) {
      const { code, message } = error as { code?: string; message: string }
      const isDisk = session.storage.failAt !== null && message === 'the disk failed'
      if (!isDisk && !(code !== undefined && EXPECTED.has(code))) throw error
      this.#say(session, `fails: ${code ?? message}`)
    } finally {
      session.storage.failAt = null
    }
    this.#conserve(session)
  }

  /** Whatever the engine of a device could do next; now and then something it would not. */
  async #work(session: Session): Promise<void> {
    const steps: (() => Promise<void> | void)[] = [() => this.#claim(session), () => this.#ask(session)]
    for (let weight = 0; weight < 3; weight++) {
      if (session.request !== null) steps.push(() => this.#deliver(session))
      if (session.answers.length > 0) steps.push(() => this.#settle(session))
      if (session.asked !== null) steps.push(() => this.#download(session))
      if (session.pages.length > 0) steps.push(() => this.#page(session))
    }
    await (this.#pick(steps) as () => Promise<void>)()
  }

  /** A request and its answer with nothing in between: most go well, or nothing would ever meet. */
  async #push(session: Session): Promise<void> {
    await this.#claim(session)
    this.#deliver(session)
    await this.#settle(session)
  }

  async #pull(session: Session): Promise<void> {
    for (let pages = 0; pages < 3; pages++) {
      await this.#ask(session)
      this.#download(session)
      await this.#page(session)
    }
  }

  async #ask(session: Session): Promise<void> {
    session.asked = await session.device.ask()
  }

  /** Rows that both devices know from the start: disagreement needs something to disagree about. */
  async #begin(): Promise<void> {
    const [a, b] = this.#sessions as [Session, Session]
    for (let index = 0; index < 2; index++) {
      const client = { name: this.ledger.token('a'), phone: this.ledger.token('a') }
      const owner = await a.device.create('client', client)
      this.ledger.wrote('a', `client ${owner}`, client)
      const pet = { name: this.ledger.token('a'), clientId: owner }
      this.ledger.wrote('a', `pet ${await a.device.create('pet', pet)}`, pet)
    }
    const refuse = this.#rates.refuse
    this.#rates.refuse = 0
    for (const { device, user } of [a, b]) {
      for (let batch = await device.claim(); batch !== null; batch = await device.claim()) {
        for (const { id } of batch.operations) this.#authors.set(id, device.name)
        await device.settle(
          batch,
          checkedUpload(this.server.upload(user, wire({ operations: batch.operations }))),
        )
      }
      const asked = await device.ask()
      await device.page(asked, checkedDownload(this.server.download(user, { lastSync: null, limit: 50 })))
    }
    this.ledger.follow(this.server.effects, this.#authors)
    this.#rates.refuse = refuse
  }

  #conserve(session: Session): void {
    if (session.storage.version === session.conserved) return
    session.conserved = session.storage.version
    const stored = JSON.stringify(
      session.storage
        .dump()
        .filter(([key]) => key[0] === 'op' || key[0] === 'conflict' || key[0] === 'history'),
    )
    const missing = this.ledger.missing(session.device.name, stored)
    if (missing.length > 0) throw new Error(`${session.device.name} lost ${missing}`)
  }

  async #heal(): Promise<void> {
    this.#isHealed = true
    for (const session of this.#sessions)
      Object.assign(session, { request: null, answers: [], pages: [], asked: null })
    for (let round = 0; round < 25; round++) {
      let isQuiet = true
      for (const session of this.#sessions) isQuiet = (await this.#calm(session)) && isQuiet
      if (isQuiet) return await this.#checkEnd()
    }
    const stuck: string[] = []
    for (const { device } of this.#sessions) {
      const { waiting } = await device.step((unit) => planOf(unit))
      for (const operation of await device.operations())
        stuck.push(`${device.name} ${JSON.stringify([operation, waiting.get(operation.seq)])}`)
    }
    throw new Error(`25 rounds without faults, and no end: ${stuck.join('\n')}`)
  }

  async #calm(session: Session): Promise<boolean> {
    const { device } = session
    for (const { row } of await device.conflicts())
      if (row.status === 'open') await this.#decideOne(session, row.id)
    for (const operation of await device.operations())
      if (operation.state === 'rejected') await this.#retryOrDiscard(session, operation)
    let sent = 0
    for (let go = true; go; ) {
      await this.#claim(session)
      go = session.request !== null
      if (session.request === null) break
      sent += session.request.batch.operations.length
      if (sent > 500) throw new Error('the outbox does not empty')
      const { batch } = session.request
      this.#rates.partial = 0
      this.#deliver(session)
      const last = session.answers.at(-1)
      if (last !== undefined) await device.settle(batch, last.answer)
      Object.assign(session, { request: null, answers: [] })
    }
    const pages: string[] = []
    for (let hasMore = true; hasMore; ) {
      const asked = await device.ask()
      const answer = checkedDownload(
        this.server.download(session.user, wire({ lastSync: asked.cursor, limit: 3 })),
      )
      pages.push(
        ...answer.entities.map((row) => String(row.id)),
        ...answer.deletions.map((row) => String(row.id)),
      )
      ;({ hasMore } = await device.page(asked, answer))
      if (pages.length > 1000) throw new Error('the download does not end')
    }
    this.#conserve(session)
    this.#say(session, `synced: ${sent} sent, ${pages.length} received`)
    const left = await device.operations()
    return sent === 0 && pages.length === 0 && left.length === 0
  }

  async #decideOne(session: Session, id: number): Promise<void> {
    const conflict = (await session.device.conflicts()).find(({ row }) => row.id === id)
    this.ledger.saw(session.device.name, conflict?.localData, conflict?.serverData)
    const side = this.#chance(0.5) ? 'server-wins' : 'client-wins'
    this.#say(session, `decides conflict ${id} ${side}`)
    await session.device.decide(id, side)
  }

  async #retryOrDiscard(session: Session, operation: StoredOperation): Promise<void> {
    const present = (await session.device.operations()).find(({ seq }) => seq === operation.seq)
    if (present?.state !== 'rejected') return
    const code = present.error?.code
    // A person who retries what cannot work would do so for ever.
    if (code === 'VALIDATION' && this.#chance(0.7)) return await this.#retry(session, present)
    try {
      const before = await session.device.operations()
      await session.device.discard(operation.seq)
      const left = new Set((await session.device.operations()).map(({ seq }) => seq))
      this.ledger.gaveUp(before.filter(({ seq }) => !left.has(seq)).map(({ data }) => data ?? null))
      this.#say(session, `discards ${operation.seq}`)
    } catch (error) {
      const { code: refusal, ids } = error as SyncError
      if (refusal !== 'HAS_CHILDREN') throw error
      for (const child of ids ?? []) await this.#remove(session, child.entityType, child.id)
    }
  }

  /** Children first, as a person must. */
  async #remove(session: Session, type: string, id: EntityId): Promise<void> {
    const record = await session.device.get(type, id)
    if (record === undefined) return
    this.ledger.saw(session.device.name, record.data)
    try {
      this.#say(session, `deletes ${type} ${id}`)
      await session.device.delete(type, id)
      this.ledger.deleted(session.device.name, `${type} ${record.key}`)
    } catch (error) {
      const { code, ids } = error as SyncError
      if (code !== 'HAS_CHILDREN') throw error
      for (const child of ids ?? []) await this.#remove(session, child.entityType, child.id)
    }
  }

  async #checkEnd(): Promise<void> {
    const effects = new Map<string, number>()
    for (const { operation } of this.server.effects)
      effects.set(operation.id, (effects.get(operation.id) ?? 0) + 1)
    for (const [id, count] of effects)
      if (count > 1) throw new Error(`operation ${id} took effect ${count} times`)
    const open = this.server.conflicts.filter((conflict) => conflict.state === 'open')
    if (open.length > 0) throw new Error(`server conflicts ${open.map(({ id }) => id)} stay open`)
    for (const type of TYPES) {
      const truth = new Map(this.server.live(type).map((row) => [row.id, row]))
      if (JSON.stringify([...truth.values()].map((row) => row.data)).includes('"temp_'))
        throw new Error('a temp id on the server')
      for (const { device } of this.#sessions) {
        const shown = await device.list(type)
        for (const record of shown) {
          const row = truth.get(record.id)
          if (
            JSON.stringify(sorted(row?.data)) !== JSON.stringify(sorted(record.data)) ||
            row?.version !== record.version
          )
            throw new Error(
              `${device.name} shows ${type} ${record.id} ${JSON.stringify(record.data)}, the server ${JSON.stringify(row ?? null)}`,
            )
        }
        if (shown.length !== truth.size)
          throw new Error(
            `${device.name} shows ${shown.map(({ id }) => id)} of ${type}, the server has ${[...truth.keys()]}`,
          )
      }
    }
    for (const session of this.#sessions) this.#conserve(session)
  }
}

const sorted = (data: JsonObject | null | undefined) =>
  data && Object.fromEntries(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)))
