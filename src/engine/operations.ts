import type { StoredOperation } from '../core/model.ts'
import type { SyncOperation } from '../protocol/operation.ts'
import { listOperations } from '../stores/queries.ts'
import type { Store } from '../stores/store.ts'
import { discardOperation, retryOperation } from '../stores/writes.ts'
import type { LiveQueries } from './live.ts'
import type { Operations, PendingOperation } from './types.ts'

/** As it goes, or would go, over the wire. */
export const toSyncOperation = (operation: StoredOperation): SyncOperation =>
  operation.frozen?.body ?? {
    id: operation.id,
    type: operation.type,
    entityType: operation.entityType,
    entityId: operation.entityId,
    ...(operation.data === undefined ? {} : { data: operation.data }),
    editedAt: operation.editedAt,
    ...(operation.decides?.serverConflictId === undefined
      ? {}
      : { conflictId: operation.decides.serverConflictId }),
  }

const toPending = (operation: StoredOperation): PendingOperation => ({
  seq: operation.seq,
  operation: toSyncOperation(operation),
  state: operation.state,
  enqueuedAt: operation.enqueuedAt,
  ...(operation.error === undefined
    ? {}
    : {
        error: {
          code: operation.error.code,
          message: operation.error.message,
          ...(operation.error.path === undefined ? {} : { path: operation.error.path }),
        },
      }),
})

const isSameList = (a: readonly PendingOperation[], b: readonly PendingOperation[]): boolean =>
  JSON.stringify(a) === JSON.stringify(b)

export const createOperations = (ready: () => Promise<Store>, live: LiveQueries): Operations => {
  const list = async () => (await (await ready()).read(listOperations)).map(toPending)
  return {
    list,
    discard: async (seq) => await (await ready()).write('strict', (unit) => discardOperation(unit, seq)),
    retry: async (seq) => await (await ready()).write('strict', (unit) => retryOperation(unit, seq)),
    subscribe: (listener) => live.watch(['operations'], list, isSameList, listener),
  }
}
