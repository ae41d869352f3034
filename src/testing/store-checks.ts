import type { StoredOperation } from '../core/model.ts'
import { isTempId } from '../core/temp-id.ts'
import type { EntityId, JsonValue } from '../protocol/json.ts'
import type { TenantModel } from './server-model.ts'
import { recordKey } from './server-model.ts'
import type { StoreView } from './store-view.ts'
import type { Story } from './story.ts'
import type { Write, WriteLog } from './writes.ts'
import { fieldsOf, WHOLE } from './writes.ts'

/** What a store has shown so far, to see what only time shows. */
export interface StoreMemory {
  run: number
  losses: number
  /** By record: the highest version that was shown, or under which it was deleted. */
  versions: Map<string, number>
  shown: Set<string>
}

export const emptyMemory = (): StoreMemory => ({ run: 0, losses: 0, versions: new Map(), shown: new Set() })

/** Everything that must hold of one device's store after every step (I1, I4 to I7). */
export class StoreChecks {
  readonly #name: string
  readonly #log: WriteLog
  readonly #model: TenantModel
  readonly #story: Story
  #memory = emptyMemory()

  constructor(name: string, log: WriteLog, model: TenantModel, story: Story) {
    this.#name = name
    this.#log = log
    this.#model = model
    this.#story = story
  }

  check(view: StoreView, losses: number): void {
    this.#checkCounts(view)
    this.#checkRecords(view)
    this.#checkVersions(view, losses)
    this.#checkWrites(view)
  }

  #key(type: string, id: EntityId): string {
    return recordKey(type, this.#model.canonical(id))
  }

  #checkCounts({ state, operations, conflicts }: StoreView): void {
    if (state === null) return
    for (const name of ['unsent', 'sent', 'conflict', 'rejected'] as const) {
      const count = operations.filter((operation) => operation.state === name).length
      if (count !== state.counts[name]) this.#fail('I1', `counts ${state.counts[name]} ${name}, has ${count}`)
    }
    const open = conflicts.filter(({ row }) => row.status === 'open').length
    if (open !== state.openConflicts) this.#fail('I1', `counts ${state.openConflicts} conflicts, has ${open}`)
  }

  #checkRecords({ records, operations }: StoreView): void {
    const here = new Set(records.map(({ entityType, id }) => recordKey(entityType, id)))
    const created = new Map<string, string>()
    for (const { entityType, id, data, status } of records) {
      const key = recordKey(entityType, id)
      for (const value of Object.values(data)) {
        this.#checkValue(key, value, status === 'synced', here)
        const writer = this.#log.writerOf(value)
        if (writer?.kind !== 'create') continue
        const other = created.get(value as string)
        if (other !== undefined && other !== key) this.#fail('I4', `shows ${value} as ${other} and ${key}`)
        created.set(value as string, key)
      }
    }
    for (const { id, data } of operations)
      for (const value of Object.values(data ?? {}))
        if (typeof value === 'string' && !isTempId(value) && !this.#isOurs(value))
          this.#fail('I7', `has ${value} in operation ${id}`)
  }

  #isOurs(value: string): boolean {
    return value.startsWith(`${this.#model.tenantId}:`)
  }

  #checkValue(key: string, value: JsonValue, isSynced: boolean, here: ReadonlySet<string>): void {
    if (Array.isArray(value)) {
      for (const item of value) this.#checkValue(key, item, isSynced, here)
      return
    }
    if (typeof value !== 'string') return
    if (!isTempId(value)) {
      if (!this.#isOurs(value)) this.#fail('I7', `${key} shows ${value}`)
      return
    }
    if (isSynced) this.#fail('I6', `${key} is synced and refers to ${value}`)
    const type = value.slice(value.lastIndexOf('_') + 1)
    if (!here.has(recordKey(type, value)) && here.has(this.#key(type, value)))
      this.#fail('I6', `${key} refers to ${value}, which has become ${this.#model.canonical(value)}`)
  }

  /** I5: what is known of a row does not grow older, unless power or a reset took it. */
  #checkVersions({ state, records, operations }: StoreView, losses: number): void {
    const run = state?.sync.run ?? 0
    if (run !== this.#memory.run || losses !== this.#memory.losses)
      this.#memory = { ...emptyMemory(), run, losses }
    const { versions, shown } = this.#memory
    const now = new Set<string>()
    for (const { entityType, id, version } of records) {
      if (version === null) continue
      const key = recordKey(entityType, id)
      now.add(key)
      const known = versions.get(key) ?? 0
      if (version < known) this.#fail('I5', `${key} is shown in version ${version}, was ${known}`)
      versions.set(key, Math.max(known, version))
    }
    const open = new Set(operations.map(({ entityType, entityId }) => this.#key(entityType, entityId)))
    for (const key of shown) {
      // Hidden by an operation of this device, it may be shown again.
      const row = now.has(key) || open.has(key) ? undefined : this.#model.rows.get(key)
      if (row?.data === null) versions.set(key, Math.max(versions.get(key) ?? 0, row.version))
    }
    this.#memory.shown = now
  }

  /** I1: each accepted write is somewhere, and I4: what waits is what is shown. */
  #checkWrites(view: StoreView): void {
    if (this.#log.active.length === 0) return
    const operations = new Map<string, StoredOperation[]>()
    for (const operation of view.operations) {
      const key = this.#key(operation.entityType, operation.entityId)
      const list = operations.get(key)
      if (list === undefined) operations.set(key, [operation])
      else list.push(operation)
    }
    for (const write of this.#log.active) {
      for (const field of fieldsOf(write)) {
        if (write.settled.has(field)) continue
        const place = this.#placeOf(view, operations, write, field, new Set())
        if (place === 'settled') this.#log.settle(write, field)
        else if (place === 'nowhere' && !this.#log.isGivenUp(write, field))
          this.#fail('I1', `${describe(write)}: ${field} is in no place where a person could find it`)
      }
    }
  }

  #placeOf(
    view: StoreView,
    operations: ReadonlyMap<string, StoredOperation[]>,
    write: Write,
    field: string,
    asked: Set<Write>,
  ): 'open' | 'settled' | 'nowhere' {
    asked.add(write)
    const record = write.record as EntityId
    const { type } = write
    const ofRecord = operations.get(this.#key(type, record)) ?? []
    const carrier = ofRecord.find((operation) => this.#carries(operation, write, field))
    const successors = this.#log.successors(write, field)
    if (carrier !== undefined) {
      if (successors.length === 0) this.#checkShown(view, ofRecord, write, field, carrier)
      this.#checkOnce(write, field, carrier)
      return 'open'
    }
    if (write.kind === 'delete') {
      if (this.#model.everDeleted(type, record)) return 'settled'
      // What the server never had and nothing here shows any more.
      if (isTempId(this.#model.canonical(record)) && ofRecord.length === 0) return 'settled'
    } else if (this.#model.everHeld(type, record, field, write.values.get(field))) return 'settled'
    if (successors.some((successor) => successor.outcome === 'accepted')) return 'settled'
    for (const { row } of view.conflicts)
      if (row.held?.some((operation) => this.#carries(operation, write, field))) return 'open'
    for (const row of view.history)
      if (row.strategy !== 'client-wins' && row.operations.some((held) => this.#carries(held, write, field)))
        return 'open'
    for (const successor of successors)
      if (!asked.has(successor)) {
        const its = successor.kind === 'delete' ? WHOLE : field
        if (this.#placeOf(view, operations, successor, its, asked) !== 'nowhere') return 'open'
      }
    return 'nowhere'
  }

  #carries(operation: StoredOperation, write: Write, field: string): boolean {
    if (!this.#log.isOf(write, operation.entityType, operation.entityId)) return false
    if (write.kind === 'delete') return operation.type === 'delete'
    const { data, type } = operation
    // A field without a value is left out of a create.
    if (data === undefined || (type !== 'create' && !Object.hasOwn(data, field))) return false
    return this.#model.isSameValue(data[field], write.values.get(field))
  }

  /** What the server has already taken does not wait to be sent, and is no conflict with itself. */
  #checkOnce(write: Write, field: string, carrier: StoredOperation): void {
    const value = write.values.get(field)
    if (carrier.state === 'sent' || typeof value !== 'string' || isTempId(value)) return
    const record = write.record as EntityId
    if (this.#model.decidedElsewhere.has(this.#key(write.type, record))) return
    if (this.#model.everHeld(write.type, record, field, value))
      this.#fail('I1', `${describe(write)}: ${field} is on the server and ${carrier.state} in ${carrier.id}`)
  }

  #checkShown(
    view: StoreView,
    ofRecord: readonly StoredOperation[],
    write: Write,
    field: string,
    carrier: StoredOperation,
  ): void {
    if (write.kind === 'delete' || ofRecord.some((operation) => operation.decides !== undefined)) return
    if (carrier.state === 'rejected') return
    if (ofRecord.some((operation) => operation.type === 'delete' && operation.state !== 'rejected')) return
    const key = this.#key(write.type, write.record as EntityId)
    const shown = view.records.find(({ entityType, id }) => this.#key(entityType, id) === key)
    const value = write.values.get(field)
    if (shown === undefined) this.#fail('I4', `${describe(write)}: ${key} is not shown`)
    else if (!this.#model.isSameValue(shown.data[field], value))
      this.#fail('I4', `${describe(write)}: ${key} shows ${field} ${JSON.stringify(shown.data[field])}`)
  }

  #fail(rule: string, text: string): void {
    this.#story.fail(rule, `${this.#name}: ${text}`)
  }
}

export const describe = ({ n, kind, type, record, values }: Write): string =>
  `write ${n} (${kind} ${type} ${record} ${JSON.stringify(Object.fromEntries(values))})`
