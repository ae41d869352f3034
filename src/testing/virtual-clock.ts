import type { ClockPort } from '../ports/clock.ts'

interface Timer {
  due: number
  id: number
  run: () => void
}

/** Lets everything that waits for promises go as far as it can without time passing. */
export type Settle = () => Promise<void>

/** A whole turn of the event loop, which no port offers: promise chains of any length are through after it. */
const nextTurn: Settle = () =>
  new Promise((resolve) => {
    // biome-ignore lint/style/noRestrictedGlobals: a turn, not a time; browsers lack it
    if (typeof setImmediate === 'function') setImmediate(resolve)
    // biome-ignore lint/style/noRestrictedGlobals: the nearest thing that browsers have
    else setTimeout(resolve, 0)
  })

/**
 * Time that passes only when it is told to: for tests and simulations, where the same seed must give the same run.
 * Every timer sees its own due time as now, and timers that it sets are met on the way.
 * XState's SimulatedClock does neither, and the fake timers of a test runner freeze all else in the process.
 */
export class VirtualClock implements ClockPort {
  #now: number
  #lastId = 0
  readonly #settle: Settle
  readonly #timers = new Map<number, Timer>()

  constructor(options: { now?: number; settle?: Settle } = {}) {
    this.#now = options.now ?? 0
    this.#settle = options.settle ?? nextTurn
  }

  // Arrow functions, as xstate calls the clock's methods without it.
  readonly now = (): number => this.#now

  readonly setTimeout = (run: () => void, ms: number): number => {
    const id = ++this.#lastId
    this.#timers.set(id, { due: this.#now + Math.max(0, ms || 0), id, run })
    return id
  }

  readonly clearTimeout = (handle: unknown): void => {
    this.#timers.delete(handle as number)
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size
  }

  /** ms until the next timer; `null` while none is set. */
  get untilNext(): number | null {
    const next = this.#next()
    return next ? Math.max(0, next.due - this.#now) : null
  }

  /** Runs what is due now, and what follows from it, without time passing. */
  readonly settle = (): Promise<void> => this.advance(0)

  readonly advance = async (ms: number): Promise<void> => {
    const end = this.#now + ms
    await this.#settle()
    for (let timer = this.#next(); timer && timer.due <= end; timer = this.#next()) {
      this.#now = Math.max(this.#now, timer.due)
      this.#timers.delete(timer.id)
      timer.run()
      await this.#settle()
    }
    this.#now = end
  }

  /** Sets the time as a person sets a clock, also back; no timer runs or moves by it. */
  readonly jump = (ms: number): void => {
    this.#now += ms
    for (const timer of this.#timers.values()) timer.due += ms
  }

  #next(): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers.values()) {
      if (!next || timer.due < next.due || (timer.due === next.due && timer.id < next.id)) next = timer
    }
    return next
  }
}
