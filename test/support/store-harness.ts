import * as v from 'valibot'
import { memoryStorage } from '../../src/adapters/memory-storage.ts'
import type { ConflictRow, HistoryRow, StoredOperation } from '../../src/core/model.ts'
import type { StorageFactory, StorageKey } from '../../src/ports/storage.ts'
import type { EntityId, JsonObject } from '../../src/protocol/json.ts'
import type { DownloadAnswer, OperationResult, UploadAnswer } from '../../src/protocol/messages.ts'
import type { EntityType, Schema } from '../../src/protocol/schema.ts'
import { entityTypeOf } from '../../src/protocol/schema.ts'
import { downloadAnswerSchema, uploadAnswerSchema } from '../../src/protocol/validators.ts'
import { decideConflict } from '../../src/stores/conflicts.ts'
import type { Batch } from '../../src/stores/outbox.ts'
import { claimBatch } from '../../src/stores/outbox.ts'
import type { PageApplied, PageAsked } from '../../src/stores/pages.ts'
import { applyPage } from '../../src/stores/pages.ts'
import type { ShownConflict, ShownRecord } from '../../src/stores/queries.ts'
import {
  getRecord,
  listConflicts,
  listHistory,
  listOperations,
  listRecords,
} from '../../src/stores/queries.ts'
import type { Settled } from '../../src/stores/settle.ts'
import { settleBatch } from '../../src/stores/settle.ts'
import { Store } from '../../src/stores/store.ts'
import type { StoreState } from '../../src/stores/store-state.ts'
import type { Unit } from '../../src/stores/unit.ts'
import {
  createRecord,
  deleteRecord,
  discardOperation,
  retryOperation,
  updateRecord,
} from '../../src/stores/writes.ts'
import { checkStore } from './check-store.ts'
import type { ModelServer } from './model-server.ts'
import { practice } from './practice.ts'
import type { QuickStorage } from './quick-storage.ts'
import type { ManualClock } from './seeded.ts'
import { manualClock, seededIds } from './seeded.ts'

export interface DeviceOptions {
  name?: string
  schema?: Schema
  storage?: StorageFactory
  clock?: ManualClock
  seed?: number
  /** Takes the place of `storage`. */
  quick?: QuickStorage | null
}

/** One device's store, driven step by step as an engine would. Every step is followed by a check of the whole store. */
export class Device {
  readonly name: string
  readonly schema: Schema
  readonly clock: ManualClock
  readonly #options: Required<DeviceOptions>
  readonly #quick: QuickStorage | null
  #checked = 0
  readonly #ids: ReturnType<typeof seededIds>
  store: Store

  private constructor(options: Required<DeviceOptions>) {
    this.name = options.name
    this.schema = options.schema
    this.clock = options.clock
    this.#options = options
    this.#quick = options.quick
    this.#ids = seededIds(options.name, options.seed)
    this.store = this.#make()
  }

  static async open(options: DeviceOptions = {}): Promise<Device> {
    const device = new Device({
      name: 'a',
      schema: practice as unknown as Schema,
      storage: memoryStorage(),
      clock: manualClock(),
      seed: 1,
      quick: null,
      ...options,
    })
    await device.store.open()
    return device
  }

  #make(): Store {
    return new Store(this.#quick ?? this.#options.storage(this.name), this.schema, this.#ids, this.clock)
  }

  /** The tab dies and starts again on what is durable. */
  async reopen(): Promise<void> {
    this.store = this.#make()
    await this.store.open()
    await this.check()
  }

  type(name: string): EntityType {
    return entityTypeOf(this.schema, name)
  }

  async step<T>(work: (unit: Unit) => Promise<T>): Promise<T> {
    try {
      return await this.store.write('strict', work)
    } finally {
      await this.check()
    }
  }

  async dump(): Promise<(readonly [StorageKey, unknown])[]> {
    if (this.#quick !== null) return this.#quick.dump()
    return await this.store.read((transaction) => transaction.list([]))
  }

  async check(): Promise<void> {
    if (this.#quick !== null) {
      if (this.#quick.version === this.#checked) return
      this.#checked = this.#quick.version
    }
    checkStore(this.schema, await this.dump())
  }

  async state(): Promise<StoreState> {
    return await this.store.state()
  }

  // A person

  async create(type: string, data: JsonObject, priority?: number): Promise<string> {
    return (await this.step((unit) => createRecord(unit, this.type(type), data, priority))).id as string
  }

  async update(type: string, id: EntityId, changes: JsonObject, priority?: number): Promise<void> {
    await this.step((unit) => updateRecord(unit, this.type(type), id, changes, priority))
  }

  async delete(type: string, id: EntityId): Promise<void> {
    await this.step((unit) => deleteRecord(unit, this.type(type), id))
  }

  async discard(seq: number): Promise<void> {
    await this.step((unit) => discardOperation(unit, seq))
  }

  async retry(seq: number): Promise<void> {
    await this.step((unit) => retryOperation(unit, seq))
  }

  async decide(id: number, side: 'server-wins' | 'client-wins', merged?: JsonObject): Promise<void> {
    await this.step((unit) => decideConflict(unit, id, side, merged))
  }

  async get(type: string, id: EntityId): Promise<ShownRecord | undefined> {
    return await this.store.read((transaction) => getRecord(transaction, type, id))
  }

  /** What is shown of a record: its data, or `undefined`. */
  async shown(type: string, id: EntityId): Promise<JsonObject | undefined> {
    return (await this.get(type, id))?.data
  }

  async list(type: string): Promise<ShownRecord[]> {
    return await this.store.read((transaction) => listRecords(transaction, type))
  }

  async operations(): Promise<StoredOperation[]> {
    return await this.store.read(listOperations)
  }

  async conflicts(): Promise<ShownConflict[]> {
    return await this.store.read(listConflicts)
  }

  async history(): Promise<HistoryRow[]> {
    return await this.store.read(listHistory)
  }

  /** The one conflict there is. */
  async conflict(): Promise<ConflictRow> {
    const all = await this.conflicts()
    if (all.length !== 1) throw new Error(`one conflict expected, there are ${all.length}`)
    return (all[0] as ShownConflict).row
  }

  // An engine

  async claim(size = 50): Promise<Batch | null> {
    return await this.step((unit) => claimBatch(unit, size))
  }

  async claimed(size?: number): Promise<Batch> {
    const batch = await this.claim(size)
    if (batch === null) throw new Error('nothing to send')
    return batch
  }

  async settle(batch: Batch, answer: UploadAnswer): Promise<Settled> {
    return await this.step((unit) => settleBatch(unit, batch.seqs, answer))
  }

  async ask(): Promise<PageAsked> {
    const { sync } = await this.state()
    return { cursor: sync.cursor, count: sync.count }
  }

  async page(asked: PageAsked, answer: DownloadAnswer): Promise<PageApplied> {
    return await this.step((unit) => applyPage(unit, asked, answer))
  }

  /** A page that arrives whole and at once. */
  async receive(answer: Partial<DownloadAnswer>): Promise<PageApplied> {
    return await this.page(await this.ask(), pageOf(answer))
  }

  /** Sends once, to an answer made by hand. */
  async settleWith(results: Partial<OperationResult>[], size?: number): Promise<Batch> {
    const batch = await this.claimed(size)
    await this.answer(batch, results)
    return batch
  }

  async answer(batch: Batch, results: Partial<OperationResult>[]): Promise<Settled> {
    return await this.settle(batch, answerOf(batch, results))
  }

  async push(server: ModelServer, size?: number): Promise<number> {
    let sent = 0
    for (let batch = await this.claim(size); batch !== null; batch = await this.claim(size)) {
      const body = wire({ clientId: batch.clientId, operations: batch.operations })
      await this.settle(batch, checkedUpload(server.upload(this.name, body)))
      sent += batch.operations.length
      if (sent > 1000) throw new Error('the outbox does not empty')
    }
    return sent
  }

  async pull(server: ModelServer, limit?: number): Promise<number> {
    let pages = 0
    for (let hasMore = true; hasMore; pages++) {
      const asked = await this.ask()
      const answer = server.download(
        this.name,
        wire({ lastSync: asked.cursor, ...(limit === undefined ? {} : { limit }) }),
      )
      ;({ hasMore } = await this.page(asked, checkedDownload(answer)))
      if (pages > 1000) throw new Error('the download does not end')
    }
    return pages
  }

  async sync(server: ModelServer, size?: number, limit?: number): Promise<void> {
    await this.push(server, size)
    await this.pull(server, limit)
  }
}

/** Through JSON, as over a wire: nothing is shared, nothing that JSON cannot carry gets through. */
export const wire = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

export const checkedUpload = (answer: UploadAnswer): UploadAnswer => v.parse(uploadAnswerSchema, wire(answer))
export const checkedDownload = (answer: DownloadAnswer): DownloadAnswer =>
  v.parse(downloadAnswerSchema, wire(answer))

/** An answer of the protocol from its interesting parts: `results` by position in the batch. */
export const answerOf = (
  batch: Batch,
  results: Partial<OperationResult>[],
  serverTime = 1_730_534_400_000,
): UploadAnswer =>
  checkedUpload({
    results: results.map((result, index) => ({
      id: batch.operations[index]?.id ?? `unknown-${index}`,
      status: 'applied',
      ...result,
    })),
    idMappings: [],
    serverTime,
  })

export const pageOf = (answer: Partial<DownloadAnswer>): DownloadAnswer =>
  checkedDownload({
    entities: [],
    deletions: [],
    closedConflicts: [],
    cursor: 'c1.1',
    timestamp: 1_730_534_400_000,
    hasMore: false,
    serverTime: 1_730_534_400_000,
    ...answer,
  })

/** A row as the server would send it. */
export const rowOf = (entityType: string, id: EntityId, version: number, data: JsonObject) => ({
  entityType,
  id,
  version,
  modifiedAt: 1_730_534_400_000 + version,
  data,
})

export const deletionOf = (
  entityType: string,
  id: EntityId,
  version: number,
  reason: 'deleted' | 'hidden' = 'deleted',
) => ({ entityType, id, version, deletedAt: 1_730_534_400_000 + version, reason })

export const closedOf = (conflictId: number, entityType: string, entityId: EntityId) => ({
  conflictId,
  operationId: 'somebody',
  entityType,
  entityId,
  state: 'resolved' as const,
})

export const refusal = (code: string, path?: string): Partial<OperationResult> => ({
  status: 'rejected',
  error: { code, message: `refused: ${code}`, ...(path === undefined ? {} : { path }) },
})
