/** A lifecycle with all that surrounds it in small: a backend, a network, and time that can be told to pass. */
import { afterEach, expect } from 'vitest'
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
import { Backend, type OperationState, type Verdict } from './backend.ts'
import { Trace } from './trace.ts'

type ActorName = keyof LifecycleActors

interface Call {
  name: ActorName
  at: number
  signal: AbortSignal
  isOver: boolean
}

/** What an actor does this once instead of its own work, or before it. */
export type Twist = { fault: Fault | Error } | { before: () => void } | { output: unknown }

export interface WorldOptions {
  input?: Partial<Omit<LifecycleInput, 'timing' | 'now' | 'counts'>>
  timing?: Partial<LifecycleInput['timing']>
  unsent?: number
  /** ms that a call takes; 4 by default. */
  latency?: () => number
  /** Asked before every call. */
  twist?: (name: ActorName, now: number) => Twist | undefined
  /** What the server says to an operation. */
  verdict?: () => Verdict
  /** May the policies decide a conflict alone? */
  isAutomatic?: () => boolean
}

export const START = 1_000_000

/** Between a commit and the word of it. */
const TELLING_MS = 1

export class LifecycleWorld {
  readonly clock = new VirtualClock({ now: START })
  readonly trace = new Trace(this.clock, 'lifecycle')
  readonly backend = new Backend()
  readonly calls: Call[] = []
  readonly emitted: LifecycleEmitted[] = []
  /** What must never happen, and did. */
  readonly violations: string[] = []
  readonly actor: Actor<LifecycleMachine>
  /** What the chart was told, or has concluded from a fault. */
  readonly told: { online: boolean; authed: boolean; pausedByUser: boolean }
  tokenValid = true
  readonly #options: WorldOptions
  readonly #twists = new Map<ActorName, Twist[]>()
  #isTelling = false

  constructor(options: WorldOptions = {}) {
    this.#options = options
    this.backend.add(options.unsent ?? 0, 'unsent')
    const facts = { online: true, authed: true, pausedByUser: false, retryAt: null, retryForced: false }
    const input = { ...facts, ...options.input, counts: this.counts, now: this.clock.now }
    this.told = { online: input.online, authed: input.authed, pausedByUser: input.pausedByUser }
    this.actor = createActor(createLifecycleMachine(this.#actors()), {
      clock: this.clock,
      inspect: this.trace.inspect,
      input: { ...input, timing: { ...defaultTiming, ...options.timing } },
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
    return this.backend.counts
  }

  get context() {
    return this.actor.getSnapshot().context
  }

  namesOf(since = START): ActorName[] {
    return this.calls.filter((call) => call.at >= since).map((call) => call.name)
  }

  countOf(name: ActorName, since = START): number {
    return this.namesOf(since).filter((own) => own === name).length
  }

  write(count = 1, state: OperationState = 'unsent'): void {
    this.backend.add(count, state)
    this.#tellSoon()
  }

  setAll(from: OperationState, to: OperationState): void {
    this.backend.setAll(from, to)
    this.#tellSoon()
  }

  tell(type: 'outbox.changed' | 'conflicts.changed', counts = this.counts): void {
    this.actor.send({ type, counts })
  }

  send(type: Exclude<LifecycleEvent['type'], 'outbox.changed' | 'conflicts.changed'>): void {
    if (type === 'net.lost' || type === 'net.restored') this.told.online = type === 'net.restored'
    if (type === 'auth.expired' || type === 'auth.renewed') this.told.authed = type === 'auth.renewed'
    if (type === 'sync.paused' || type === 'sync.resumed') this.told.pausedByUser = type === 'sync.paused'
    this.actor.send({ type })
    if (this.#mayTalk) return
    for (const { name, signal, isOver } of this.calls) {
      if (talks(name) && !isOver && !signal.aborted) this.violations.push(`${name} goes on after ${type}`)
    }
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
      if (wait === null || this.clock.now() + wait > end) {
        throw new Error(`${state} was not reached from ${this.state}`)
      }
      await this.clock.advance(wait)
    }
  }

  /** The counts are told a moment later, and once for many changes. */
  #tellSoon(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    this.clock.setTimeout(() => {
      this.#isTelling = false
      this.tell('outbox.changed')
      this.tell('conflicts.changed')
    }, TELLING_MS)
  }

  get #mayTalk(): boolean {
    return this.told.online && this.told.authed && !this.told.pausedByUser
  }

  /** The work is done halfway through the call's time, so that an abort may come too late to prevent it. */
  async #call<Output>(name: ActorName, signal: AbortSignal, work: () => Output): Promise<Output> {
    const call: Call = { name, at: this.clock.now(), signal, isOver: false }
    this.calls.push(call)
    if (talks(name) && !this.#mayTalk) this.violations.push(`${name} without leave at ${call.at}`)
    const twist = this.#twists.get(name)?.shift() ?? this.#options.twist?.(name, call.at)
    const latency = this.#options.latency?.() ?? 4
    try {
      await this.#pass(latency / 2)
      if (twist && 'before' in twist) twist.before()
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

  #suffer(fault: Fault | Error, signal: AbortSignal): Fault | Error {
    if (!signal.aborted && 'kind' in fault) {
      if (fault.kind === 'offline') this.told.online = false
      if (fault.kind === 'auth') this.told.authed = false
    }
    return fault
  }

  #changing<Output>(output: Output): Output {
    this.#tellSoon()
    return output
  }

  #actors(): LifecycleActors {
    const { backend } = this
    const { timing, verdict = () => 'applied' as const, isAutomatic = () => false } = this.#options
    const limit = timing?.batchSize ?? defaultTiming.batchSize
    return {
      claimBatch: fromPromise(({ signal }) =>
        this.#call('claimBatch', signal, () => this.#changing(backend.claim(limit))),
      ),
      pushBatch: fromPromise(({ input, signal }) =>
        this.#call('pushBatch', signal, () => {
          backend.push(input.batchId, verdict)
          return input
        }),
      ),
      settleBatch: fromPromise(({ input, signal }) =>
        this.#call('settleBatch', signal, () => this.#changing(backend.settle(input.batchId))),
      ),
      pullPage: fromPromise(({ signal }) => this.#call('pullPage', signal, () => backend.pull())),
      applyPage: fromPromise(({ input, signal }) =>
        this.#call('applyPage', signal, () => backend.apply(input.pageId)),
      ),
      triage: fromPromise(({ signal }) =>
        this.#call('triage', signal, () => {
          const { open, decided } = backend.triage(isAutomatic)
          if (decided > 0) this.#tellSoon()
          return { open }
        }),
      ),
      probeAuth: fromPromise(({ signal }) =>
        this.#call('probeAuth', signal, () => {
          if (this.tokenValid && !signal.aborted) this.told.authed = true
          return { authed: this.tokenValid }
        }),
      ),
    }
  }
}

/** Those that ask the server. */
const talks = (name: ActorName) => name === 'pushBatch' || name === 'pullPage'

/** Worlds for the tests of a file: each is stopped after its test, and must have seen nothing that may not be. */
export const worldsOfThisFile = () => {
  const worlds: LifecycleWorld[] = []
  const worldOf = (options: WorldOptions = {}): LifecycleWorld => {
    const world = new LifecycleWorld(options)
    worlds.push(world)
    return world
  }
  /** One that has done its first cycle. */
  const idleWorld = async (options: WorldOptions = {}): Promise<LifecycleWorld> => {
    const world = worldOf(options)
    await world.until('idle')
    return world
  }
  afterEach(() => {
    for (const world of worlds.splice(0)) {
      expect(world.violations).toEqual([])
      world.actor.stop()
    }
  })
  return { worldOf, idleWorld }
}
