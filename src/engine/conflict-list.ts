import type { HistoryRow } from '../core/model.ts'
import { plainCopy } from '../core/plain.ts'
import { SyncError } from '../protocol/errors.ts'
import { decideConflict } from '../stores/conflicts.ts'
import type { ShownConflict } from '../stores/queries.ts'
import { listConflicts, listHistory } from '../stores/queries.ts'
import type { Store } from '../stores/store.ts'
import type { LiveQueries } from './live.ts'
import { toSyncOperation } from './operations.ts'
import type { Conflict, ConflictStrategy, Conflicts, HistoryEntry } from './types.ts'

const toConflict = ({ row, id, localData, serverData }: ShownConflict): Conflict => ({
  id: row.id,
  ...(row.serverConflictId === undefined ? {} : { serverConflictId: row.serverConflictId }),
  operation: { ...toSyncOperation(row.operation), entityId: id },
  localData,
  serverData,
  ...(row.operation.own === undefined ? {} : { baseData: row.operation.own }),
  detectedAt: row.detectedAt,
  conflictType: 'version',
  affectedFields: row.fields,
  kind: row.kind,
  status: row.status,
  ...(row.by === undefined ? {} : { by: row.by }),
  ...(row.serverModifiedAt === undefined ? {} : { serverModifiedAt: row.serverModifiedAt }),
  ...(row.error === undefined ? {} : { error: { code: row.error.code, message: row.error.message } }),
})

const toHistoryEntry = (row: HistoryRow): HistoryEntry => ({
  id: row.id,
  conflictId: row.conflictId,
  entityType: row.entityType,
  entityId: row.entityId,
  decidedBy: row.decidedBy,
  strategy: row.strategy as HistoryEntry['strategy'],
  localData: row.localData,
  serverData: row.serverData,
  at: row.at,
})

const isSameList = (a: readonly Conflict[], b: readonly Conflict[]): boolean =>
  JSON.stringify(a) === JSON.stringify(b)

const decide = async (store: Store, id: number, strategy: ConflictStrategy): Promise<void> => {
  switch (strategy.type) {
    case 'server-wins':
    case 'client-wins': {
      const side = strategy.type
      return await store.write('strict', (unit) => decideConflict(unit, id, side))
    }
    case 'merge': {
      if (strategy.mergedData === undefined)
        throw new SyncError('VALIDATION', 'a merge needs `mergedData`', { path: 'mergedData' })
      const merged = plainCopy(strategy.mergedData, 'mergedData')
      return await store.write('strict', (unit) => decideConflict(unit, id, 'client-wins', merged))
    }
    default:
      throw new SyncError('VALIDATION', `"${strategy.type}" is not decided by a call yet`, {
        path: 'strategy',
      })
  }
}

export const createConflicts = (ready: () => Promise<Store>, live: LiveQueries): Conflicts => {
  const list = async () => (await (await ready()).read(listConflicts)).map(toConflict)
  return {
    list,
    get: async (id) => (await list()).find((conflict) => conflict.id === id),
    resolve: async (id, strategy) => await decide(await ready(), id, strategy),
    history: async () => (await (await ready()).read(listHistory)).map(toHistoryEntry),
    subscribe: (listener) => live.watch(['conflicts'], list, isSameList, listener),
  }
}
