import type { JsonObject } from '../../src/protocol/json.ts'
import type { Effect } from './model-values.ts'

/** Values that people wrote are named so that each is written once in a run: `a:17`. */
const tokensIn = (value: unknown): string[] =>
  JSON.stringify(value ?? null)
    .match(/"[a-z]+:\d+"/g)
    ?.map((text) => text.slice(1, -1)) ?? []

interface Written {
  device: string
  /** Record and field, under the record's stable key. */
  place: string
}

/**
 * What people wrote, and what became of it: the model that devices and server are compared with. Equality among devices is
 * not enough, for they may all agree on having lost something.
 */
export class Ledger {
  readonly #written = new Map<string, Written>()
  /** No longer owed to anybody: replaced by its own writer, given up by a person, or known to have reached the server. */
  readonly #done = new Set<string>()
  readonly #seen = new Map<string, Set<string>>()
  #count = 0
  #effects = 0

  token(device: string): string {
    return `${device}:${++this.#count}`
  }

  get count(): number {
    return this.#written.size
  }

  #seenBy(device: string): Set<string> {
    const seen = this.#seen.get(device) ?? new Set()
    this.#seen.set(device, seen)
    return seen
  }

  /** A person looked at this before they acted. */
  saw(device: string, ...shown: unknown[]): void {
    for (const token of tokensIn(shown)) this.#seenBy(device).add(token)
  }

  wrote(device: string, key: string, data: JsonObject): void {
    for (const [field, value] of Object.entries(data)) {
      const [token] = tokensIn(value)
      const place = `${key} ${field}`
      this.#replace(device, (other) => other === place)
      if (token !== undefined) this.#written.set(token, { device, place })
    }
  }

  deleted(device: string, key: string): void {
    this.#replace(device, (place) => place.startsWith(`${key} `))
  }

  gaveUp(...content: unknown[]): void {
    for (const token of tokensIn(content)) this.#done.add(token)
  }

  #replace(device: string, isMeant: (place: string) => boolean): void {
    for (const [token, written] of this.#written)
      if (written.device === device && isMeant(written.place)) this.#done.add(token)
  }

  /** Follows the server: nobody overwrites or deletes what they never saw. */
  follow(effects: readonly Effect[], authors: ReadonlyMap<string, string>): string[] {
    const problems: string[] = []
    for (; this.#effects < effects.length; this.#effects++) {
      const { operation, before, after } = effects[this.#effects] as Effect
      for (const token of tokensIn([operation.data ?? null])) this.#done.add(token)
      const author = authors.get(operation.id)
      if (author === undefined || before === null) continue
      const fields = operation.type === 'delete' ? Object.keys(before) : Object.keys(operation.data ?? {})
      for (const field of fields)
        for (const token of tokensIn(before[field] ?? null))
          if (
            !this.#seenBy(author).has(token) &&
            this.#written.get(token)?.device !== author &&
            after?.[field] !== token
          )
            problems.push(
              `${author} replaced ${token} in ${operation.entityType} ${operation.entityId}, which nobody there saw`,
            )
    }
    return problems
  }

  /** What a device wrote and still owes: it must lie somewhere on it. */
  missing(device: string, stored: string): string[] {
    const missing: string[] = []
    for (const [token, written] of this.#written)
      if (written.device === device && !this.#done.has(token) && !stored.includes(`"${token}"`))
        missing.push(token)
    return missing
  }
}
