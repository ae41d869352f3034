import type { StorageKey } from '../ports/storage.ts'
import type { EntityId } from '../protocol/json.ts'

/** The one place that knows where a row lies. */
export const keys = {
  entity: (type: string, id: EntityId): StorageKey => ['entity', type, id],
  entitiesOf: (type: string): StorageKey => ['entity', type],
  operation: (seq: number): StorageKey => ['op', seq],
  operations: (): StorageKey => ['op'],
  reference: (
    type: string,
    id: EntityId,
    sourceType: string,
    sourceId: EntityId,
    path: string,
  ): StorageKey => ['ref', type, id, sourceType, sourceId, path],
  referencesTo: (type: string, id: EntityId): StorageKey => ['ref', type, id],
  mapping: (tempId: string): StorageKey => ['id', tempId],
  mappings: (): StorageKey => ['id'],
  conflict: (id: number): StorageKey => ['conflict', id],
  conflicts: (): StorageKey => ['conflict'],
  history: (id: number): StorageKey => ['history', id],
  histories: (): StorageKey => ['history'],
  quarantines: (): StorageKey => ['quarantine'],
  quarantine: (type: string, id: EntityId): StorageKey => ['quarantine', type, id],
  meta: (name: 'state' | 'format'): StorageKey => ['meta', name],
} as const

/** Cache key of one record inside a transaction; 7 and '7' are different keys on disk, too. */
export const nameOf = (type: string, id: EntityId): string => JSON.stringify([type, id])
