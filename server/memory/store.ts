import { referencesOf } from '../../src/core/references.ts'
import type { EntityId, JsonObject } from '../../src/protocol/json.ts'
import type { Schema } from '../../src/protocol/schema.ts'
import { keyOf, keyOfRef } from '../core/keys.ts'
import type {
  ConflictRow,
  IndexRow,
  LedgerEntry,
  ReadTx,
  RecordRef,
  ServerStore,
  StoredMapping,
  StoredRow,
  WriteTx,
} from '../core/store.ts'

export interface MemoryStoreOptions {
  schema: Schema
  /** ms */
  now: () => number
  /** Names this history of the data in cursors. */
  epoch?: string
}

/** What one tenant has. Values are never changed in place: an entry is replaced. */
interface Tenant {
  seq: number
  minSeq: number
  index: Map<string, IndexRow>
  data: Map<string, JsonObject>
  ledger: Map<string, LedgerEntry>
  mappings: Map<string, StoredMapping>
  conflicts: Map<number, ConflictRow>
}

const emptyTenant = (): Tenant => ({
  seq: 0,
  minSeq: 0,
  index: new Map(),
  data: new Map(),
  ledger: new Map(),
  mappings: new Map(),
  conflicts: new Map(),
})

const present = <T>(values: readonly (T | undefined)[]): T[] =>
  values.filter((value): value is T => value !== undefined)

const ledgerKey = (userId: string, operationId: string): string => JSON.stringify([userId, operationId])

/** Writes that can be taken back, for a transaction that fails in the middle. */
class Journal {
  readonly #undo: (() => void)[] = []

  set<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
    const had = map.has(key)
    const before = map.get(key)
    this.#undo.push(() => {
      if (had) map.set(key, before as V)
      else map.delete(key)
    })
    if (value === undefined) map.delete(key)
    else map.set(key, value)
  }

  rollBack(): void {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) undo()
  }
}

/**
 * The store in memory: for tests and simulations. The decisions are those of the real one, and so are their answers; there
 * is nothing under it that could refuse a row.
 */
export const memoryStore = ({ schema, now, epoch = 'memory' }: MemoryStoreOptions): ServerStore<null> => {
  const tenants = new Map<string, Tenant>()
  const lastIds = new Map<string, number>()
  let lastConflict = 0
  let queue: Promise<unknown> = Promise.resolve()

  const rowOf = (tenant: Tenant, ref: RecordRef): StoredRow | undefined => {
    const row = tenant.index.get(keyOfRef(ref))
    return row === undefined ? undefined : { ...row, data: tenant.data.get(keyOfRef(ref)) ?? null }
  }

  const allocate = (name: string, count: number): EntityId[] =>
    Array.from({ length: count }, () => {
      const id = (lastIds.get(name) ?? 0) + 1
      lastIds.set(name, id)
      return schema.types[name]?.id === 'string' ? `${name}-${id}` : id
    })

  const children = (tenant: Tenant, parents: RecordRef[], touched: RecordRef[]) => {
    const wanted = new Map(parents.map((parent) => [keyOfRef(parent), parent]))
    const aside = new Set(touched.map(keyOfRef))
    const found = new Map<string, { parent: RecordRef; path: string }>()
    for (const [key, data] of tenant.data) {
      const row = tenant.index.get(key)
      const type = row === undefined ? undefined : schema.types[row.entityType]
      if (type === undefined || aside.has(key)) continue
      for (const reference of referencesOf(type, data)) {
        const parent = wanted.get(keyOf(reference.type, reference.id))
        const path = `${type.name}.${reference.path}`
        if (parent !== undefined) found.set(`${keyOfRef(parent)} ${path}`, { parent, path })
      }
    }
    return [...found.values()]
  }

  const writeTx = (
    tenant: Tenant,
    journal: Journal,
    firstSeq: number,
    beforeWrite: BeforeWrite,
  ): WriteTx => ({
    firstSeq,
    ledger: async (userId, ids) => present(ids.map((id) => tenant.ledger.get(ledgerKey(userId, id)))),
    mappings: async (tempIds) => present([...tempIds].sort().map((tempId) => tenant.mappings.get(tempId))),
    allocate: async (counts) => new Map([...counts].map(([name, count]) => [name, allocate(name, count)])),
    rows: async (refs) => present(refs.map((ref) => rowOf(tenant, ref))),
    index: async (refs) => present(refs.map((ref) => tenant.index.get(keyOfRef(ref)))),
    children: async (parents, touched) => children(tenant, parents, touched),
    conflicts: async (ids) => present([...ids].sort((a, b) => a - b).map((id) => tenant.conflicts.get(id))),
    allocateConflicts: async (count) => Array.from({ length: count }, () => ++lastConflict),
    write: async (writes) => {
      await beforeWrite?.(
        null,
        writes.flatMap(({ entityType, id, before, after }) => {
          if (before === null && after === null) return []
          const kind = before === null ? 'insert' : after === null ? 'delete' : 'update'
          return [{ kind, entityType, id, data: after, before }]
        }),
      )
      const stored = new Map<string, JsonObject>()
      for (const write of writes) {
        journal.set(tenant.data, keyOfRef(write), write.after ?? undefined)
        if (write.after !== null) stored.set(keyOfRef(write), write.after)
      }
      return { stored, refused: new Map() }
    },
    save: async (userId, { index, mappings, conflicts, ledger }) => {
      for (const row of index) journal.set(tenant.index, keyOfRef(row), row)
      for (const mapping of mappings) journal.set(tenant.mappings, mapping.tempId, mapping)
      for (const conflict of conflicts) journal.set(tenant.conflicts, conflict.conflictId, conflict)
      for (const entry of ledger) journal.set(tenant.ledger, ledgerKey(userId, entry.operationId), entry)
    },
  })

  const readTx = (tenant: Tenant): ReadTx => ({
    feed: async () => ({ epoch, seq: tenant.seq, minSeq: tenant.minSeq }),
    changes: async ({ types, after, tombstonesAfter, limit }) => {
      const wanted = new Set(types)
      return [...tenant.index.values()]
        .filter(
          (row) => row.seq > after && wanted.has(row.entityType) && (!row.gone || row.seq > tombstonesAfter),
        )
        .sort((a, b) => a.seq - b.seq)
        .slice(0, limit)
        .map((row) => ({ ...row, data: tenant.data.get(keyOfRef(row)) ?? null }))
    },
    closedConflicts: async ({ userId, after, limit }) =>
      [...tenant.conflicts.values()]
        .filter((row) => row.userId === userId && row.resolvedSeq !== null && row.resolvedSeq > after)
        .sort((a, b) => (a.resolvedSeq ?? 0) - (b.resolvedSeq ?? 0))
        .slice(0, limit),
    conflictList: async ({ userId, state, types, after, limit }) =>
      [...tenant.conflicts.values()]
        .filter((row) => row.userId === userId && row.state === state && types.includes(row.entityType))
        .filter((row) => row.conflictId > after)
        .sort((a, b) => a.conflictId - b.conflictId)
        .slice(0, limit),
  })

  const write: ServerStore<null>['write'] = async (tenantId, { reserve, nowMicros, beforeWrite }, work) => {
    const tenant = tenants.get(tenantId) ?? emptyTenant()
    tenants.set(tenantId, tenant)
    const journal = new Journal()
    const before = tenant.seq
    tenant.seq = Math.max(tenant.seq, (nowMicros ?? Math.floor(now() * 1000)) - 1) + reserve
    try {
      return await work(writeTx(tenant, journal, tenant.seq - reserve + 1, beforeWrite))
    } catch (error) {
      journal.rollBack()
      tenant.seq = before
      throw error
    }
  }

  /** One at a time: a read sees what lies between two writes, never the middle of one. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const own = queue.then(work, work)
    queue = own.catch(() => {})
    return own
  }

  return {
    write: (tenantId, options, work) => inTurn(() => write(tenantId, options, work)),
    read: (tenantId, work) => inTurn(() => work(readTx(tenants.get(tenantId) ?? emptyTenant()))),
    close: async () => {},
  }
}

type BeforeWrite = Parameters<ServerStore<null>['write']>[1]['beforeWrite']
