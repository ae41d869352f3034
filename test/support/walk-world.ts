import type { JsonObject } from '../../src/protocol/json.ts'
import type { DownloadAnswer, UploadAnswer, UploadRequest } from '../../src/protocol/messages.ts'
import type { Schema } from '../../src/protocol/schema.ts'
import type { Batch } from '../../src/stores/outbox.ts'
import type { PageAsked } from '../../src/stores/pages.ts'
import { Ledger } from './ledger.ts'
import { ModelServer } from './model-server.ts'
import { practice } from './practice.ts'
import type { QuickStorage } from './quick-storage.ts'
import { manualClock, seededRandom } from './seeded.ts'
import type { Device } from './store-harness.ts'

/** What a device's engine holds in memory, and loses when it dies. */
export interface Session {
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

export const TYPES = ['client', 'pet', 'appointment'] as const

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

/** All that one run of the walk is made of; every choice in it is drawn from one seed. */
export class World {
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
  readonly clock = manualClock()
  readonly sessions: Session[] = []
  readonly authors = new Map<string, string>()
  readonly sentBytes = new Map<string, string>()
  readonly rates: { refuse: number; partial: number; fail: number; batch: number; page: number }
  readonly random: () => number
  isHealed = false

  constructor(seed: number) {
    this.random = seededRandom(seed)
    // Drawn once: some runs are nearly clean, some brutal.
    this.rates = {
      refuse: this.chance(0.5) ? this.random() * 0.2 : 0,
      partial: this.chance(0.5) ? this.random() * 0.3 : 0,
      fail: this.chance(0.5) ? this.random() * 0.2 : 0,
      batch: 1 + this.below(4),
      page: 1 + this.below(3),
    }
    const hasDefaults = this.chance(0.3)
    const refused = new Map<string, boolean>()
    this.server = new ModelServer({
      schema: practice as unknown as Schema,
      merges: this.chance(0.6),
      now: () => this.clock.now(),
      refuse: ({ id }) => {
        if (!refused.has(id)) refused.set(id, !this.isHealed && this.chance(this.rates.refuse))
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

  chance(probability: number): boolean {
    return this.random() < probability
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit)
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)]
  }

  say(session: Session, text: string): void {
    this.trace.push(`${session.device.name} ${text}`)
  }
}
