import { isTempId } from '../core/temp-id.ts'
import type { EntityId, JsonObject, JsonValue } from '../protocol/json.ts'
import type { TenantModel } from './server-model.ts'

export type WriteKind = 'create' | 'update' | 'delete'

/** A person's call, and what became of it. */
export interface Write {
  n: number
  device: string
  type: string
  kind: WriteKind
  /** As the device called the record; unknown until a create resolved. */
  record: EntityId | null
  /** create, update: the values that it sets. */
  values: Map<string, JsonValue>
  /** What the device showed of the record when the call was made. */
  seen: JsonObject | null
  /** Other commits came between the call and its commit, so `seen` may be old. */
  isRacy: boolean
  /** Commits of others on the device when the call was made. */
  foreignAt: number
  /** Its place among all commits; `null` while it is not known. */
  committedAt: number | null
  startedAt: number
  endedAt: number
  /** `unknown`: the tab died first, or the call failed after it may have been written. */
  outcome: 'open' | 'accepted' | 'refused' | 'unknown'
  /** Fields whose fate is settled for good. */
  readonly settled: Set<string>
}

/** What a call gives up of a record, where it comes about. */
export interface GivingUp {
  type: string
  record: EntityId
  /** `edits`: all but the wish to delete it. */
  fields: readonly string[] | 'all' | 'delete' | 'edits'
}

/** For a delete, which sets no field. */
export const WHOLE = '*'

export const fieldsOf = ({ kind, values }: Write): readonly string[] =>
  kind === 'delete' ? [WHOLE] : [...values.keys()]

/** By commit; where that is not known, of two that ran beside each other the later call is taken for the later write. */
const isLater = (a: Write, b: Write): boolean => {
  if (a.committedAt !== null && b.committedAt !== null) return a.committedAt > b.committedAt
  return a.endedAt >= b.startedAt && a.n > b.n
}

/**
 * The list of what people did on one device: the other side of every promise about writes. It knows nothing of operations,
 * only of calls and their values.
 */
export class WriteLog {
  readonly #model: TenantModel
  readonly #all: Write[] = []
  readonly #byValue = new Map<string, Write>()
  /** By record as called: rows that a person saw in a conflict when deciding it. */
  readonly #shown: { record: EntityId; type: string; data: JsonObject }[] = []
  /** Records on which somebody decided something that changed while they did. */
  readonly #forgiven: { record: EntityId; type: string }[] = []
  readonly #givingUp = new Set<GivingUp>()
  #active: Write[] = []

  constructor(model: TenantModel) {
    this.#model = model
  }

  get all(): readonly Write[] {
    return this.#all
  }

  /** Accepted ones whose fate is open. */
  get active(): readonly Write[] {
    return this.#active
  }

  begin(write: Omit<Write, 'endedAt' | 'outcome' | 'settled' | 'isRacy' | 'committedAt'>): Write {
    const begun: Write = {
      ...write,
      endedAt: Number.POSITIVE_INFINITY,
      outcome: 'open',
      settled: new Set(),
      isRacy: false,
      committedAt: null,
    }
    this.#all.push(begun)
    for (const value of begun.values.values())
      if (typeof value === 'string' && !isTempId(value)) this.#byValue.set(value, begun)
    return begun
  }

  accept(write: Write, at: number, record: EntityId): void {
    Object.assign(write, { outcome: 'accepted', endedAt: at, record })
    if (write.kind === 'update')
      // The same value again changes nothing, and makes no operation.
      for (const [field, value] of write.values)
        if (this.#isSame(write.seen?.[field], value)) write.settled.add(field)
    if (write.settled.size < fieldsOf(write).length) this.#active.push(write)
  }

  end(write: Write, at: number, outcome: 'refused' | 'unknown'): void {
    Object.assign(write, { outcome, endedAt: at })
  }

  settle(write: Write, field: string): void {
    write.settled.add(field)
    if (write.settled.size >= fieldsOf(write).length)
      this.#active = this.#active.filter((other) => other !== write)
  }

  writerOf(value: JsonValue | undefined): Write | undefined {
    return typeof value === 'string' ? this.#byValue.get(value) : undefined
  }

  isOf(write: Write, type: string, id: EntityId): boolean {
    return (
      write.type === type &&
      write.record !== null &&
      this.#model.canonical(write.record) === this.#model.canonical(id)
    )
  }

  /** A person looked at this row of the server while deciding. */
  show(type: string, record: EntityId, data: JsonObject): void {
    this.#shown.push({ type, record, data })
  }

  forgive(type: string, record: EntityId): void {
    this.#forgiven.push({ type, record })
  }

  /** A person gives values up, or puts others in their place by a decision; once `giveUp` says so, they are gone. */
  beginGivingUp(givingUp: GivingUp): void {
    this.#givingUp.add(givingUp)
  }

  endGivingUp(givingUp: GivingUp): void {
    this.#givingUp.delete(givingUp)
  }

  giveUp(givingUp: GivingUp): void {
    this.#givingUp.delete(givingUp)
    for (const write of this.#active)
      for (const field of fieldsOf(write))
        if (this.#concerns(givingUp, write, field)) this.settle(write, field)
  }

  /** Whether it may be gone, as the call that gives it up has not ended. */
  isGivenUp(write: Write, field: string): boolean {
    for (const givingUp of this.#givingUp) if (this.#concerns(givingUp, write, field)) return true
    return false
  }

  #concerns({ type, record, fields }: GivingUp, write: Write, field: string): boolean {
    if (!this.isOf(write, type, record)) return false
    if (fields === 'all') return true
    if (fields === 'edits') return field !== WHOLE
    return fields === 'delete' ? field === WHOLE : fields.includes(field)
  }

  /** What this device later put in the place of a value: a newer value of the field, or nothing at all. */
  successors(write: Write, field: string): Write[] {
    return this.#all.filter(
      (other) =>
        other !== write &&
        other.outcome !== 'refused' &&
        write.record !== null &&
        this.isOf(other, write.type, write.record) &&
        (other.kind === 'delete' || other.values.has(field)) &&
        isLater(other, write),
    )
  }

  /**
   * Whether the writer of `write` knew that `field` held `present` when replacing it: it was on screen, it was this device's
   * own, or it stood in a conflict that was decided.
   */
  knew(write: Write, field: string, present: JsonValue | undefined): boolean {
    if (write.isRacy || write.committedAt === null) return true
    const own = this.writerOf(present)
    if (own !== undefined && write.record !== null && this.isOf(own, write.type, write.record)) return true
    if (this.#isSame(write.seen?.[field], present)) return true
    if (this.#forgiven.some(({ type, record }) => this.isOf(write, type, record))) return true
    for (const { type, record, data } of this.#shown)
      if (this.isOf(write, type, record) && this.#isSame(data[field], present)) return true
    // What this device had set on the record before, it had set on something that it saw.
    return this.#all.some(
      (earlier) =>
        earlier !== write &&
        earlier.startedAt <= write.endedAt &&
        earlier.outcome !== 'refused' &&
        write.record !== null &&
        this.isOf(earlier, write.type, write.record) &&
        (earlier.isRacy || earlier.committedAt === null || this.#isSame(earlier.seen?.[field], present)) &&
        (earlier.kind === 'delete' || earlier.values.has(field)),
    )
  }

  #isSame(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
    return this.#model.isSameValue(a, b)
  }
}
