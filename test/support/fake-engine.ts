/** The engine's face without an engine: tests say what it answers, and count who listens. */
import type {
  Conflict,
  ConflictStrategy,
  EngineEvents,
  EntityQuery,
  EntityRecord,
  PendingOperation,
  SyncEngine,
  SyncResult,
  SyncStatusSnapshot,
} from '../../src/engine/types.ts'
import type { EntityId, JsonObject } from '../../src/protocol/json.ts'
import { defineSchema } from '../../src/protocol/schema.ts'

export const idleStatus: SyncStatusSnapshot = {
  state: 'idle',
  tags: ['settled', 'canQueue'],
  online: true,
  pending: 0,
  sending: 0,
  conflicts: 0,
  rejected: 0,
  retryAt: null,
  lastSyncedAt: null,
  lastError: null,
  progress: { phase: 'idle', done: 0, total: 0 },
}

export const syncResult = (overrides: Partial<SyncResult> = {}): SyncResult => ({
  success: true,
  synced: 0,
  failed: 0,
  conflicts: 0,
  operations: [],
  errors: [],
  duration: 1,
  ...overrides,
})

const schema = defineSchema({
  version: 1,
  entities: {
    client: { label: 'Client', fields: { name: { type: 'text', required: true }, phone: { type: 'text' } } },
    pet: {
      label: 'Pet',
      fields: { name: { type: 'text', required: true }, weightKg: { type: 'number', label: 'Weight (kg)' } },
      references: { clientId: { to: 'client', required: true } },
    },
  },
})

type Listener<T> = (value: T) => void

/** Answers in a later task, as a store does. */
class Source<T> {
  readonly #listeners = new Set<Listener<T>>()
  #value: T

  constructor(value: T) {
    this.#value = value
  }

  get value(): T {
    return this.#value
  }

  get listeners(): number {
    return this.#listeners.size
  }

  set(value: T): void {
    this.#value = value
    for (const listener of [...this.#listeners]) listener(value)
  }

  subscribe(listener: Listener<T>): () => void {
    this.#listeners.add(listener)
    queueMicrotask(() => {
      if (this.#listeners.has(listener)) listener(this.#value)
    })
    return () => this.#listeners.delete(listener)
  }
}

const refuse = (): never => {
  throw new Error('the fake engine does not do that')
}

export interface FakeEngine {
  engine: SyncEngine
  setStatus(changes: Partial<SyncStatusSnapshot>): void
  setConflicts(conflicts: Conflict[]): void
  setOperations(operations: PendingOperation[]): void
  setRecords(type: string, records: EntityRecord[]): void
  emit<E extends keyof EngineEvents>(event: E, payload: EngineEvents[E]): void
  /** What the next `bidirectionalSync` answers. */
  answerSync(answer: () => Promise<SyncResult>): void
  calls: {
    sync: number
    pause: number
    resume: number
    resolve: [number, ConflictStrategy][]
    queries: unknown[]
  }
  /** Everybody who listens to anything, at this moment. */
  listeners(): number
}

export const createFakeEngine = (status: Partial<SyncStatusSnapshot> = {}): FakeEngine => {
  let present: SyncStatusSnapshot = { ...idleStatus, ...status }
  let sync = () => Promise.resolve(syncResult())
  const conflicts = new Source<Conflict[]>([])
  const operations = new Source<PendingOperation[]>([])
  const types = new Map<string, Source<EntityRecord[]>>()
  const events = new Map<keyof EngineEvents, Set<Listener<never>>>()
  const calls: FakeEngine['calls'] = { sync: 0, pause: 0, resume: 0, resolve: [], queries: [] }

  const recordsOf = (type: string): Source<EntityRecord[]> => {
    const source = types.get(type) ?? new Source<EntityRecord[]>([])
    types.set(type, source)
    return source
  }
  const emit: FakeEngine['emit'] = (event, payload) => {
    for (const listener of [...(events.get(event) ?? [])]) (listener as Listener<typeof payload>)(payload)
  }
  const find = (type: string, id: EntityId) => recordsOf(type).value.find((record) => record.id === id)

  const engine: SyncEngine = {
    schema: schema as unknown as SyncEngine['schema'],
    tenantId: '1',
    userId: '1',
    entities: {
      create: refuse,
      update: refuse,
      delete: refuse,
      get: async (type, id) => find(type, id) as never,
      list: async (type) => recordsOf(type).value as never,
      subscribe: (type, query: EntityQuery | undefined, listener) => {
        calls.queries.push(query)
        return recordsOf(type).subscribe(listener as unknown as Listener<EntityRecord[]>)
      },
    },
    operations: {
      list: async () => operations.value,
      discard: refuse,
      retry: refuse,
      subscribe: (listener) => operations.subscribe(listener),
    },
    conflicts: {
      list: async () => conflicts.value,
      get: async (id) => conflicts.value.find((conflict) => conflict.id === id),
      resolve: async (id, strategy) => {
        calls.resolve.push([id, strategy])
      },
      history: async () => [],
      subscribe: (listener) => conflicts.subscribe(listener),
    },
    bidirectionalSync: () => {
      calls.sync++
      return sync()
    },
    resolveConflict: async (conflict, strategy) => {
      calls.resolve.push([conflict.id, strategy])
    },
    pause: () => {
      calls.pause++
    },
    resume: () => {
      calls.resume++
    },
    renewAuth: () => undefined,
    stop: async () => undefined,
    status: () => present,
    on: (event, listener) => {
      const set = events.get(event) ?? new Set<Listener<never>>()
      events.set(event, set)
      set.add(listener as Listener<never>)
      return () => set.delete(listener as Listener<never>)
    },
  }

  return {
    engine,
    setStatus(changes) {
      present = { ...present, ...changes }
      emit('status', present)
    },
    setConflicts: (list) => conflicts.set(list),
    setOperations: (list) => operations.set(list),
    setRecords: (type, records) => recordsOf(type).set(records),
    emit,
    answerSync: (answer) => {
      sync = answer
    },
    calls,
    listeners: () =>
      conflicts.listeners +
      operations.listeners +
      [...types.values()].reduce((sum, source) => sum + source.listeners, 0) +
      [...events.values()].reduce((sum, set) => sum + set.size, 0),
  }
}

export const record = (
  id: EntityId,
  data: JsonObject,
  overrides: Partial<EntityRecord> = {},
): EntityRecord => ({
  id,
  key: `key-${id}`,
  entityType: 'pet',
  data,
  version: 1,
  status: 'synced',
  ...overrides,
})

export const petConflict = (overrides: Partial<Conflict> = {}): Conflict => ({
  id: 1,
  operation: {
    id: 'op-1',
    type: 'update',
    entityType: 'pet',
    entityId: 12,
    baseVersion: 3,
    data: { weightKg: 24.1 },
    editedAt: 1_000,
  },
  localData: { name: 'Bella', weightKg: 24.1, clientId: 4 },
  serverData: { name: 'Bella', weightKg: 23.8, clientId: 4 },
  baseData: { weightKg: 24.5 },
  detectedAt: 2_000,
  conflictType: 'version',
  affectedFields: ['weightKg'],
  kind: 'update-update',
  status: 'open',
  by: { userId: '2', name: 'Dr. Novák' },
  serverModifiedAt: 500,
  ...overrides,
})
