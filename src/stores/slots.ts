/** What a transaction has read and changed of one kind of row. */
export interface Slot<T> {
  before: T | null
  now: T | null
}

export class Slots<K extends string | number, T> {
  readonly #slots = new Map<K, Slot<T>>()
  readonly #read: (key: K) => Promise<T | null>

  constructor(read: (key: K) => Promise<T | null>) {
    this.#read = read
  }

  async get(key: K): Promise<T | null> {
    return (await this.#slot(key)).now
  }

  async set(key: K, value: T | null): Promise<void> {
    ;(await this.#slot(key)).now = value
  }

  /** Rows that a listing brought: what was changed meanwhile stands. */
  meet(rows: Iterable<readonly [K, T]>): void {
    for (const [key, row] of rows) if (!this.#slots.has(key)) this.#slots.set(key, { before: row, now: row })
  }

  present(): T[] {
    return [...this.#slots.values()].map((slot) => slot.now).filter((row) => row !== null)
  }

  *changed(): Iterable<readonly [K, Slot<T>]> {
    for (const entry of this.#slots) if (entry[1].before !== entry[1].now) yield entry
  }

  async #slot(key: K): Promise<Slot<T>> {
    const known = this.#slots.get(key)
    if (known !== undefined) return known
    const row = await this.#read(key)
    // Another step may have read it while this one waited.
    const slot = this.#slots.get(key) ?? { before: row, now: row }
    this.#slots.set(key, slot)
    return slot
  }
}
