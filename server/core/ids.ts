import { parseTempId } from '../../src/core/temp-id.ts'
import type { EntityId } from '../../src/protocol/json.ts'
import type { OperationErrorBody } from '../../src/protocol/messages.ts'
import type { EntityType } from '../../src/protocol/schema.ts'
import { refusal } from './shape.ts'
import type { StoredMapping } from './store.ts'

export type Resolved =
  | { kind: 'real'; id: EntityId }
  | { kind: 'unmapped'; tempId: string }
  | { kind: 'invalid'; error: OperationErrorBody }

/** What the temp ids of a request stand for. */
export interface TempIds {
  mapped: ReadonlyMap<string, StoredMapping>
  /** Ids set aside for the creates of this request. */
  reserved: ReadonlyMap<string, EntityId>
}

const isTempIdOf = (type: EntityType, id: EntityId): id is string => parseTempId(id)?.entityType === type.name

/** `isCreated` says whether the reserved id of a temp id may be counted on. */
export const resolveId = (
  type: EntityType,
  id: EntityId,
  path: string,
  ids: TempIds,
  isCreated: (tempId: string) => boolean,
): Resolved => {
  if (isTempIdOf(type, id)) {
    const mapping = ids.mapped.get(id)
    if (mapping !== undefined) return { kind: 'real', id: mapping.id }
    const reserved = ids.reserved.get(id)
    if (reserved !== undefined && isCreated(id)) return { kind: 'real', id: reserved }
    return { kind: 'unmapped', tempId: id }
  }
  const isRightKind =
    type.id === 'string' ? typeof id === 'string' && parseTempId(id) === null : typeof id === 'number'
  if (isRightKind) return { kind: 'real', id }
  return {
    kind: 'invalid',
    error: refusal('UNKNOWN_TEMP_ID', `neither an id nor a temporary id of ${type.name}`, path),
  }
}

/** The temp id by which a create asks for a new record, or `null` where it names an existing one. */
export const newTempId = (type: EntityType, id: EntityId): string | null => (isTempIdOf(type, id) ? id : null)
