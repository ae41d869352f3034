import { SyncError } from '../protocol/errors.ts'
import type { Random } from './random.ts'
import { SimImage } from './sim-image.ts'
import type { Link } from './sim-network.ts'
import type { SimTab } from './sim-tab.ts'

export interface Account {
  tenantId: string
  userId: string
}

/** What is drawn once for a device and stays: how its engine is set up. */
export interface DeviceHabits {
  batchSize: number
  pageSize: number
  windowMs: number
  baseMs: number
  capMs: number
  requestTimeoutMs: number
  pollMs: number
  /** The platform always says that there is a network. */
  isLinkLying: boolean
}

export const drawHabits = (random: Random): DeviceHabits => ({
  batchSize: 1 + random.below(4),
  pageSize: 1 + random.below(3),
  windowMs: random.pick([0, 5, 150]),
  baseMs: random.pick([50, 200, 1_000]),
  capMs: random.pick([1_000, 10_000, 60_000]),
  requestTimeoutMs: random.pick([2_000, 10_000, 30_000]),
  pollMs: random.pick([3_000, 15_000, 60_000]),
  isLinkLying: random.chance(0.3),
})

/** One browser profile of one person: a disk, a link to the network, a clock of its own, and tabs. */
export class SimDevice {
  readonly name: string
  readonly account: Account
  readonly habits: DeviceHabits
  readonly image = new SimImage()
  readonly link: Link = { isUp: true, isOneWay: false }
  readonly tabs: SimTab[] = []
  readonly ids = { last: 0 }
  /** ms that this device's clock is ahead */
  skewMs = 0
  /** What `getToken` answers; `null`: nobody is signed in. */
  token: string | null
  isDiskFull = false
  /** Further roles of the person: another set of them is another view of the server's data. */
  roles: string[] = []
  /** Commits that were no write of a person. */
  foreignCommits = 0
  /** Bytes of each operation, as they left first. */
  readonly sent = new Map<string, string>()
  readonly #linkListeners = new Map<SimTab, (isUp: boolean) => void>()
  #tabsMade = 0

  constructor(name: string, account: Account, habits: DeviceHabits) {
    this.name = name
    this.account = account
    this.habits = habits
    this.token = this.ownToken()
  }

  ownToken(): string {
    return [this.account.tenantId, this.account.userId, ...this.roles].join('~')
  }

  nextTabName(): string {
    return `${this.name}${++this.#tabsMade}`
  }

  get awake(): SimTab[] {
    return this.tabs.filter((tab) => tab.isAwake)
  }

  setLink(isUp: boolean, isOneWay = false): void {
    this.link.isUp = isUp
    this.link.isOneWay = isOneWay
    if (!this.habits.isLinkLying)
      for (const [tab, listener] of this.#linkListeners) tab.deliver(() => listener(isUp))
  }

  isLinkUp(): boolean {
    return this.habits.isLinkLying || this.link.isUp
  }

  onLink(tab: SimTab, listener: (isUp: boolean) => void): () => void {
    this.#linkListeners.set(tab, listener)
    return () => this.#linkListeners.delete(tab)
  }

  forget(tab: SimTab): void {
    this.#linkListeners.delete(tab)
    this.tabs.splice(this.tabs.indexOf(tab), 1)
  }

  refusal(kind: 'read' | 'write', random: Random, rate: number): SyncError | null {
    if (this.isDiskFull && kind === 'write') return new SyncError('QUOTA_EXCEEDED', 'the disk is full')
    if (!random.chance(rate)) return null
    return kind === 'write' && random.chance(0.4)
      ? new SyncError('QUOTA_EXCEEDED', 'no room for a moment')
      : new SyncError('STORAGE_FAILED', 'the transaction was aborted')
  }
}
