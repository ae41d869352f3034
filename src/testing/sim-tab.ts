import type { EngineActor } from '../../machines/engine/engine.follow.ts'
import { httpTransport } from '../adapters/http-transport.ts'
import { actorOf } from '../engine/actor.ts'
import { storeName } from '../engine/options.ts'
import type { SyncEngine } from '../engine/types.ts'
import { createSyncEngine } from '../index.ts'
import type { ChannelPort } from '../ports/channel.ts'
import type { ClockPort } from '../ports/clock.ts'
import type { SyncOperation } from '../protocol/operation.ts'
import type { Schema } from '../protocol/schema.ts'
import type { Random } from './random.ts'
import { idsOf } from './random.ts'
import type { SimDevice } from './sim-device.ts'
import type { Entry } from './sim-image.ts'
import type { NetworkHost, SimNetwork } from './sim-network.ts'
import type { StorageHost, StoragePoint } from './sim-storage.ts'
import { SimStorage } from './sim-storage.ts'
import type { Story } from './story.ts'
import type { VirtualClock } from './virtual-clock.ts'

export type Point = StoragePoint | 'net.send' | 'net.answer'

export interface TabHost {
  schema: Schema
  clock: VirtualClock
  network: SimNetwork
  story: Story
  /** Drawn by whatever this tab does. */
  random: Random
  storageFaults(): { rate: number; delayMs: number }
  /** The tab came to where it was to die. */
  died(tab: SimTab, point: Point): void
  /** A transaction of this tab is on the disk. */
  committed(tab: SimTab, writes: ReadonlyMap<string, Entry | null>): void
  /** A server id took the place of a temporary one. */
  mapped(tab: SimTab, tempId: string): void
}

const never = new Promise<void>(() => {})

/** Errors that a broken disk explains. */
const STORAGE_MESSAGES = new Set(['the store could not be read', 'the pause could not be stored'])

/** One page with an engine in it. It can be frozen, and it can die at any point: then nothing of it happens any more. */
export class SimTab implements StorageHost, NetworkHost {
  readonly name: string
  readonly device: SimDevice
  readonly engine: SyncEngine
  readonly #host: TabHost
  readonly #timers = new Map<number, unknown>()
  readonly #channelListeners = new Set<() => void>()
  #lastTimer = 0
  #isDead = false
  #thaw: { promise: Promise<void>; open: () => void } | null = null
  #deferred: (() => void)[] = []
  /** Set: so many points are survived yet. */
  pointsLeft: number | null = null
  /** `stop()` has resolved. */
  isStopped = false

  constructor(device: SimDevice, host: TabHost) {
    this.device = device
    this.#host = host
    this.name = device.nextTabName()
    device.tabs.push(this)
    const { habits, account } = device
    const { baseMs, capMs, requestTimeoutMs, pollMs } = habits
    const ids = idsOf(device.name, device.ids, host.random)
    this.engine = createSyncEngine({
      schema: host.schema,
      ...account,
      transport: httpTransport({
        baseUrl: '/api/sync',
        getToken: () => device.token,
        fetch: host.network.fetchOf(this),
      }),
      storage: (name) => {
        const own = storeName(account.tenantId, account.userId)
        if (name !== own) host.story.fail('I7', `${this.name} opens ${name}`)
        return new SimStorage(device.image, this)
      },
      clock: this.#clock(),
      ids,
      connectivity: {
        isUp: () => device.isLinkUp(),
        subscribe: (listener) => device.onLink(this, listener),
      },
      channel: this.#channel(),
      logger: {
        error: (message, details) => this.#logged(message, details),
        info: () => undefined,
        debug: () => undefined,
      },
      batch: { size: habits.batchSize, windowMs: habits.windowMs, pageSize: habits.pageSize },
      retry: { baseMs, capMs, requestTimeoutMs, pollMs },
      deviceName: device.name,
    }) as unknown as SyncEngine
    const root: EngineActor = actorOf(this.engine)
    root.on('engine.degraded', ({ child, error }) => {
      host.story.fail('I18', `${this.name}: ${child} broke: ${error instanceof Error ? error.stack : error}`)
    })
    this.engine.on('mapped', ({ tempId }) => host.mapped(this, tempId))
    if (host.story.isTold)
      this.engine.on('transition', ({ event, from, to }) => {
        const [before, after] = [from.split('.')[0], to.split('.')[0]]
        if (before !== after) host.story.say(this.name, () => `is ${to} (${event})`)
      })
  }

  get account() {
    return this.device.account
  }

  get link() {
    return this.device.link
  }

  get isDead(): boolean {
    return this.#isDead
  }

  get isFrozen(): boolean {
    return this.#thaw !== null
  }

  get isAwake(): boolean {
    return !this.#isDead && this.#thaw === null
  }

  die(): void {
    if (this.#isDead) return
    this.#isDead = true
    for (const timer of this.#timers.values()) this.#host.clock.clearTimeout(timer)
    this.#timers.clear()
    this.#deferred = []
    this.#channelListeners.clear()
    this.device.forget(this)
    this.#host.network.forget(this.name)
  }

  freeze(): void {
    if (!this.isAwake) return
    let open: () => void = () => undefined
    const promise = new Promise<void>((resolve) => {
      open = resolve
    })
    this.#thaw = { promise, open }
  }

  thaw(): void {
    const thaw = this.#thaw
    if (thaw === null) return
    this.#thaw = null
    const deferred = this.#deferred
    this.#deferred = []
    thaw.open()
    for (const work of deferred) this.deliver(work)
  }

  deliver(work: () => void): void {
    if (this.#isDead) return
    if (this.#thaw === null) work()
    else this.#deferred.push(work)
  }

  survives(point: Point): boolean {
    if (this.#isDead) return false
    if (this.pointsLeft === null) return true
    if (this.pointsLeft > 0) {
      this.pointsLeft--
      return true
    }
    this.pointsLeft = null
    this.#host.died(this, point)
    return !this.#isDead
  }

  pass(point: Point): Promise<void> | undefined {
    if (!this.survives(point)) return never
    const thaw = this.#thaw
    return thaw === null ? undefined : thaw.promise.then(() => (this.#isDead ? never : undefined))
  }

  delay(): Promise<void> | undefined {
    const { delayMs } = this.#host.storageFaults()
    if (delayMs === 0) return undefined
    const ms = this.#host.random.next() * delayMs
    return new Promise((resolve) => {
      this.#host.clock.setTimeout(resolve, ms)
    })
  }

  refusal(kind: 'read' | 'write') {
    const { rate } = this.#host.storageFaults()
    const refusal = this.device.refusal(kind, this.#host.random, rate)
    if (refusal !== null) this.#host.story.say(this.name, () => `its disk refuses a ${kind}: ${refusal.code}`)
    if (this.isStopped && kind === 'write' && refusal === null)
      this.#host.story.fail('DEFECT', `${this.name} writes after stop() resolved`)
    return refusal
  }

  committed(writes: ReadonlyMap<string, Entry | null>): void {
    this.#host.committed(this, writes)
  }

  defect(error: unknown): void {
    this.#host.story.fail('DEFECT', `${this.name}: ${error instanceof Error ? error.stack : String(error)}`)
  }

  /** I9: what was sent under an id is sent again byte for byte. */
  sent(operation: SyncOperation): void {
    const text = JSON.stringify(operation)
    const known = this.device.sent.get(operation.id)
    if (known === undefined) this.device.sent.set(operation.id, text)
    else if (known !== text)
      this.#host.story.fail('I9', `${this.name} sends ${operation.id} as ${text}, before as ${known}`)
  }

  #clock(): ClockPort {
    const { clock } = this.#host
    return {
      now: () => Math.round(clock.now() + this.device.skewMs),
      setTimeout: (run, ms) => {
        const handle = ++this.#lastTimer
        if (this.#isDead) return handle
        // Cleared while it waited for a frozen tab, it does not run.
        const timer = clock.setTimeout(
          () =>
            this.deliver(() => {
              if (this.#timers.delete(handle)) run()
            }),
          ms,
        )
        this.#timers.set(handle, timer)
        return handle
      },
      clearTimeout: (handle) => {
        const timer = this.#timers.get(handle as number)
        if (timer === undefined) return
        this.#timers.delete(handle as number)
        clock.clearTimeout(timer)
      },
    }
  }

  #channel(): ChannelPort {
    return {
      notify: () => {
        for (const tab of this.device.tabs)
          if (tab !== this && !this.#isDead)
            this.#host.clock.setTimeout(() => tab.deliver(() => tab.#heard()), this.#host.random.next() * 5)
      },
      subscribe: (listener) => {
        this.#channelListeners.add(listener)
        return () => this.#channelListeners.delete(listener)
      },
      close: () => this.#channelListeners.clear(),
    }
  }

  #heard(): void {
    for (const listener of this.#channelListeners) listener()
  }

  #logged(message: string, details: Record<string, unknown> | undefined): void {
    if (this.#isDead) return
    const error = details?.error
    const code = error !== null && typeof error === 'object' && 'code' in error ? String(error.code) : ''
    const isExplained =
      STORAGE_MESSAGES.has(message) && ['STORAGE_FAILED', 'QUOTA_EXCEEDED', 'STOPPED'].includes(code)
    if (!isExplained) this.#host.story.fail('DEFECT', `${this.name} logs: ${message} ${String(error)}`)
  }
}
