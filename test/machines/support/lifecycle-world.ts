/** A lifecycle with all that surrounds it in small: a storage, a server, a network, and time that can be told to pass. */
import { type Actor, createActor, fromPromise } from 'xstate'
import {
  type Counts,
  createLifecycleMachine,
  defaultTiming,
  type Fault,
  type LifecycleActors,
  type LifecycleEmitted,
  type LifecycleEvent,
  type LifecycleInput,
  type LifecycleMachine,
} from '../../../machines/index.ts'
import { VirtualClock } from '../../../src/testing/virtual-clock.ts'
import { Trace } from './trace.ts'

type ActorName = keyof LifecycleActors

/** Of one operation; `applied` stands for gone. */
type OperationState = 'unsent' | 'blocked' | 'sent' | 'conflict' | 'rejected' | 'applied'

interface Call {
  name: ActorName
  at: number
  signal: AbortSignal
  isOver: boolean
}

/** What an actor does this once instead of its own work. */
export type Twist = { fault: Fault | Error } | { hang: true } | { before: () => void } | { output: unknown }

export interface WorldOptions {
  input?: Partial<Omit<LifecycleInput, 'timing' | 'now' | 'counts'>>
  timing?: Partial<LifecycleInput['timing']>
  unsent?: number
  /** ms that every call takes. */
  latency?: () => number
  /** Asked before every call. */
  twist?: (name: ActorName, now: number) => Twist | undefined
  /** What the server says to an operation. */
  verdict?: () => 'applied' | 'conflict' | 'rejected'
  /** May the policies decide this conflict alone? */
  isAutomatic?: () => boolean
  taken?: Set<string>
}

export const START = 1_000_000

export class LifecycleWorld {
  readonly clock = new VirtualClock({ now: START })
  readonly trace = new Trace(this.clock, 'lifecycle')
  readonly operations = new Map<number, OperationState>()
  readonly calls: Call[] = []
  readonly emitted: LifecycleEmitted[] = []
  /** What must never happen, and did. */
  readonly violations: string[] = []
  readonly actor: Actor<LifecycleMachine>
  /** What the server has, and how often each operation had an effect there. */
  readonly server = { head: 0, effects: new Map<number, number>() }
  revision = 0
  cursor = 0
  tokenValid = true
  readonly told: { online: boolean; authed: boolean; pausedByUser: boolean }
  readonly options: WorldOptions
  #twists = new Map<ActorName, Twist[]>()
  #answers = new Map<number, Map<number, OperationState>>()
  #pages = new Map<number, number>()
  #nextId = 1
  #isTelling = false

  constructor(options: WorldOptions = {}) {
    this.options = options
    for (let i = 0; i < (options.unsent ?? 0); i++) this.#add()
    const input = {
      online: true,
      authed: true,
      pausedByUser: false,
      retryAt: null,
      retryForced: false,
      ...options.input,
    }
    this.told = { online: input.online, authed: input.authed, pausedByUser: input.pausedByUser }
    this.actor = createActor(createLifecycleMachine(this.#actors()), {
      clock: this.clock,
      inspect: this.trace.inspect,
      input: {
        ...input,
        counts: this.counts,
        now: this.clock.now,
        timing: { ...defaultTiming, ...options.timing },
      },
    })
    this.actor.on('*', (event) => this.emitted.push(event))
    this.actor.subscribe({ error: (error) => this.violations.push(`the chart broke: ${String(error)}`) })
    this.actor.start()
  }

  get state(): string {
    const { value } = this.actor.getSnapshot()
    return typeof value === 'string' ? value : Object.entries(value).flat().join('.')
  }

  get counts(): Counts {
    const states = [...this.operations.values()]
    const count = (...wanted: OperationState[]) => states.filter((state) => wanted.includes(state)).length
    return {
      unsent: count('unsent', 'blocked'),
      sent: count('sent'),
      conflicts: count('conflict'),
      rejected: count('rejected'),
      revision: this.revision,
    }
  }

  countOf(name: ActorName, since = START): number {
    return this.calls.filter((call) => call.name === name && call.at >= since).length
  }

  /** The states that were entered, top level only, each with the event that led there. */
  entered(): string[] {
    return this.trace.steps.map(({ event, to }) => `${to} by ${event}`)
  }

  write(count = 1, state: OperationState = 'unsent'): void {
    for (let i = 0; i < count; i++) this.#add(state)
    this.touch()
  }

  /** Something in storage changed: the counts are told, a moment later and once for many changes. */
  touch(): void {
    this.revision += 1
    if (this.#isTelling) return
    this.#isTelling = true
    this.clock.setTimeout(() => {
      this.#isTelling = false
      this.actor.send({ type: 'outbox.changed', counts: this.counts })
      this.actor.send({ type: 'conflicts.changed', counts: this.counts })
    }, 1)
  }

  send(type: Exclude<LifecycleEvent['type'], 'outbox.changed' | 'conflicts.changed'>): void {
    if (type === 'net.lost' || type === 'net.restored') this.told.online = type === 'net.restored'
    if (type === 'auth.expired' || type === 'auth.renewed') this.told.authed = type === 'auth.renewed'
    if (type === 'sync.paused' || type === 'sync.resumed') this.told.pausedByUser = type === 'sync.paused'
    this.actor.send({ type })
    if (this.mayTalk) return
    for (const { name, signal, isOver } of this.calls) {
      if (talks(name) && !isOver && !signal.aborted) this.violations.push(`${name} goes on after ${type}`)
    }
  }

  get mayTalk(): boolean {
    return this.told.online && this.told.authed && !this.told.pausedByUser
  }

  /** The next call of that actor goes otherwise than usual. */
  next(name: ActorName, ...twists: Twist[]): void {
    this.#twists.set(name, [...(this.#twists.get(name) ?? []), ...twists])
  }

  /** Until the chart is in that state; time passes only as far as needed. */
  async until(state: string, limit = 600_000): Promise<void> {
    const end = this.clock.now() + limit
    await this.clock.settle()
    while (this.state !== state) {
      const wait = this.clock.untilNext
      if (wait === null || this.clock.now() + wait > end)
        throw new Error(`${state} was not reached from ${this.state}`)
      await this.clock.advance(wait)
    }
  }

  setAll(from: OperationState, to: OperationState): void {
    for (const [id, state] of this.operations) if (state === from) this.operations.set(id, to)
    this.touch()
  }

  stop(): void {
    for (const transition of this.trace.taken) this.options.taken?.add(transition)
    this.actor.stop()
  }

  #add(state: OperationState = 'unsent'): void {
    this.operations.set(this.#nextId++, state)
    this.revision += 1
  }

  #idsIn(state: OperationState): number[] {
    return [...this.operations].filter(([, own]) => own === state).map(([id]) => id)
  }

  /** One call of an actor: its twist, then its work, halfway through its time, so that an abort may come too late. */
  async #call<Output>(name: ActorName, signal: AbortSignal, work: () => Output): Promise<Output> {
    const call: Call = { name, at: this.clock.now(), signal, isOver: false }
    this.calls.push(call)
    if (talks(name) && !this.mayTalk) this.violations.push(`${name} without leave at ${call.at}`)
    const twist = this.#twists.get(name)?.shift() ?? this.options.twist?.(name, call.at)
    const latency = this.options.latency?.() ?? 4
    try {
      await this.#pass(latency / 2)
      if (twist && 'before' in twist) twist.before()
      if (twist && 'hang' in twist) await new Promise(() => {})
      if (twist && 'output' in twist) return twist.output as Output
      if (twist && 'fault' in twist) throw this.#suffer(twist.fault, signal)
      const output = work()
      await this.#pass(latency / 2)
      return output
    } finally {
      call.isOver = true
    }
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.setTimeout(resolve, ms))
  }

  /** What the chart will conclude from a fault, unless it is no longer listening. */
  #suffer(fault: Fault | Error, signal: AbortSignal): Fault | Error {
    if (!signal.aborted && 'kind' in fault) {
      if (fault.kind === 'offline') this.told.online = false
      if (fault.kind === 'auth') this.told.authed = false
    }
    return fault
  }

  #actors(): LifecycleActors {
    return {
      claimBatch: fromPromise(({ signal }) => this.#call('claimBatch', signal, () => this.#claim())),
      pushBatch: fromPromise(({ input, signal }) =>
        this.#call('pushBatch', signal, () => {
          this.#push(input.batchId)
          return input
        }),
      ),
      settleBatch: fromPromise(({ input, signal }) =>
        this.#call('settleBatch', signal, () => this.#settle(input.batchId)),
      ),
      pullPage: fromPromise(({ signal }) =>
        this.#call('pullPage', signal, () => {
          const pageId = this.#nextId++
          // Two steps of news to a page.
          this.#pages.set(pageId, Math.min(this.server.head, this.cursor + 2))
          return { pageId }
        }),
      ),
      applyPage: fromPromise(({ input, signal }) =>
        this.#call('applyPage', signal, () => this.#apply(input.pageId)),
      ),
      triage: fromPromise(({ signal }) => this.#call('triage', signal, () => this.#triage())),
      probeAuth: fromPromise(({ signal }) =>
        this.#call('probeAuth', signal, () => {
          if (this.tokenValid && !signal.aborted) this.told.authed = true
          return { authed: this.tokenValid }
        }),
      ),
    }
  }

  #claim() {
    const limit = this.options.timing?.batchSize ?? defaultTiming.batchSize
    const sent = this.#idsIn('sent')
    const ids = sent.length > 0 ? sent : this.#idsIn('unsent').slice(0, limit)
    if (ids.length === 0) return { kind: 'nothing' as const, revision: this.revision }
    for (const id of ids) this.operations.set(id, 'sent')
    const batchId = this.#nextId++
    this.#answers.set(batchId, new Map(ids.map((id) => [id, 'sent'])))
    this.touch()
    return { kind: 'claimed' as const, batchId, count: ids.length }
  }

  #push(batchId: number): void {
    const answer = this.#answers.get(batchId) ?? new Map()
    for (const id of answer.keys()) {
      const verdict = this.options.verdict?.() ?? 'applied'
      answer.set(id, verdict)
      if (verdict !== 'applied' || this.server.effects.has(id)) continue
      this.server.effects.set(id, 1)
      this.server.head += 1
    }
  }

  #settle(batchId: number) {
    const settled = { applied: 0, conflicts: 0, rejected: 0 }
    for (const [id, verdict] of this.#answers.get(batchId) ?? []) {
      if (this.operations.get(id) !== 'sent' || verdict === 'sent') continue
      this.operations.set(id, verdict)
      if (verdict === 'applied') settled.applied += 1
      if (verdict === 'conflict') settled.conflicts += 1
      if (verdict === 'rejected') settled.rejected += 1
    }
    this.touch()
    return settled
  }

  #apply(pageId: number) {
    const stale = this.#idsIn('sent').length > 0
    const before = this.cursor
    if (!stale) this.cursor = Math.max(before, this.#pages.get(pageId) ?? 0)
    return { applied: this.cursor - before, conflicts: 0, hasMore: this.cursor < this.server.head, stale }
  }

  #triage() {
    const automatic = this.#idsIn('conflict').filter(() => this.options.isAutomatic?.() ?? false)
    for (const id of automatic) this.operations.set(id, 'unsent')
    if (automatic.length > 0) this.touch()
    return { open: this.#idsIn('conflict').length }
  }
}

/** Those that ask the server. */
const talks = (name: ActorName) => name === 'pushBatch' || name === 'pullPage'
