import type { HistoryRow, StoredOperation } from '../core/model.ts'
import type { Schema } from '../protocol/schema.ts'
import { keys } from '../stores/keyspace.ts'
import type { ShownConflict, ShownRecord } from '../stores/queries.ts'
import { listConflicts, listHistory, listOperations, listRecords } from '../stores/queries.ts'
import type { StoreState } from '../stores/store-state.ts'
import type { SimImage } from './sim-image.ts'
import { SimTransaction } from './sim-storage.ts'

/** What is durable on a device, read through the queries that screens use. */
export interface StoreView {
  state: StoreState | null
  operations: StoredOperation[]
  conflicts: ShownConflict[]
  history: HistoryRow[]
  records: ShownRecord[]
}

export const viewOf = async (image: SimImage, schema: Schema): Promise<StoreView> => {
  const transaction = new SimTransaction(image)
  const records: ShownRecord[] = []
  for (const type of Object.keys(schema.types)) records.push(...(await listRecords(transaction, type)))
  return {
    state: ((await transaction.get(keys.meta('state'))) as StoreState | undefined) ?? null,
    operations: await listOperations(transaction),
    conflicts: await listConflicts(transaction),
    history: await listHistory(transaction),
    records,
  }
}
