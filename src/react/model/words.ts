/** Sentences about one conflict. They need its facts and the pack of words, and nothing of React. */
import type { Conflict } from '../../engine/types.ts'
import { isSyncErrorCode } from '../../protocol/errors.ts'
import type { EntityType } from '../../protocol/schema.ts'
import { humanise } from '../../protocol/schema.ts'
import type { Messages } from '../messages.ts'
import type { ConflictView } from './conflict-view.ts'
import { losesBy } from './conflict-view.ts'
import type { FormatContext } from './format.ts'
import { recordTitle } from './format.ts'

export const conflictName = (conflict: Conflict, type: EntityType | null, context: FormatContext): string =>
  recordTitle(
    conflict.localData ?? conflict.serverData ?? conflict.baseData ?? null,
    conflict.operation.entityType,
    type,
    conflict.operation.entityId,
    context,
  )

export const typeLabel = (conflict: Conflict, type: EntityType | null): string =>
  type?.label ?? humanise(conflict.operation.entityType)

export const conflictTitle = (
  conflict: Conflict,
  type: EntityType | null,
  context: FormatContext,
): string => {
  const name = conflictName(conflict, type, context)
  const label = typeLabel(conflict, type)
  const { messages } = context
  if (conflict.kind === 'update-delete' || conflict.kind === 'delete-update')
    return messages.titleDeleted(name, label)
  return conflict.kind === 'create-create' ? messages.titleCreated(name, label) : messages.title(name, label)
}

export interface SideWords {
  label: string
  hint: string
}

/** What the two quick buttons say, each with what follows from it. */
export const actionWords = (
  view: ConflictView,
  messages: Messages,
): Record<'local' | 'server', SideWords> => {
  const { conflict, person } = view
  const changes = Math.max(1, view.conflicting.length)
  if (conflict.kind === 'update-delete')
    return {
      local: { label: messages.restore, hint: messages.restoreHint },
      server: { label: messages.acceptDelete, hint: messages.takeServerHint(changes) },
    }
  if (conflict.kind === 'delete-update')
    return {
      local: { label: messages.deleteAnyway, hint: messages.deleteAnywayHint(changes, person) },
      server: { label: messages.keepRecord, hint: messages.keepRecordHint(person) },
    }
  return {
    local: { label: messages.keepLocal, hint: messages.keepLocalHint(losesBy(view, 'local'), person) },
    server: { label: messages.takeServer, hint: messages.takeServerHint(losesBy(view, 'server')) },
  }
}

export const metaWords = (view: ConflictView, messages: Messages): string => {
  if (view.conflict.kind === 'update-delete')
    return `${messages.deletedOther(view.person)} ${messages.metaDeleted}`
  if (view.conflict.kind === 'delete-update')
    return `${messages.deletedMine(view.person)} ${messages.metaDeleted}`
  return messages.meta(view.conflicting.length)
}

/** Why something was not saved; nothing where only a developer would understand it. */
export const reasonOf = (error: unknown, messages: Messages): string => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return isSyncErrorCode(code) ? (messages.reasons[code] ?? '') : ''
}
