/** Sentences about one conflict. They need its facts and the pack of words, and nothing of React. */
import type { Conflict } from '../../engine/types.ts'
import { isSyncErrorCode } from '../../protocol/errors.ts'
import type { EntityType } from '../../protocol/schema.ts'
import { humanise } from '../../protocol/schema.ts'
import type { Messages } from '../messages.ts'
import type { ConflictView } from './conflict-view.ts'
import { losesBy } from './conflict-view.ts'
import type { FormatContext } from './format.ts'
import { isolate, recordTitle } from './format.ts'
import type { ResolverState } from './resolver.ts'

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
  const name = isolate(conflictName(conflict, type, context), context.dir)
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
  { messages, dir }: FormatContext,
): Record<'local' | 'server', SideWords> => {
  const { conflict } = view
  const person = personIn(view, dir)
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

const personIn = (view: ConflictView, dir: FormatContext['dir']): string | undefined =>
  view.person === undefined ? undefined : isolate(view.person, dir)

export const metaWords = (view: ConflictView, { messages, dir }: FormatContext): string => {
  const person = personIn(view, dir)
  if (view.conflict.kind === 'update-delete')
    return `${messages.deletedOther(person)} ${messages.metaDeleted}`
  if (view.conflict.kind === 'delete-update') return `${messages.deletedMine(person)} ${messages.metaDeleted}`
  return messages.meta(view.conflicting.length)
}

/** Why something was not saved; nothing where only a developer would understand it. */
export const reasonOf = (error: unknown, messages: Messages): string => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return isSyncErrorCode(code) ? (messages.reasons[code] ?? '') : ''
}

export interface PanelWords {
  title: string
  meta: string
  notice: string
  actions: Record<'local' | 'server', SideWords>
}

const noticeOf = (view: ConflictView, state: ResolverState, messages: Messages): string => {
  if (state.phase === 'applying') return messages.applying
  if (state.phase === 'applyFailed') return messages.applyFailed(reasonOf(state.error, messages))
  const { error } = view.conflict
  return state.phase === 'choosing' && error !== undefined
    ? messages.lastNotAccepted(reasonOf(error, messages))
    : ''
}

/** Everything the panel says in a step, but for what needs to know the present. */
export const panelWords = (
  view: ConflictView,
  state: ResolverState,
  type: EntityType | null,
  context: FormatContext,
): PanelWords => {
  const { messages } = context
  const { conflict } = view
  const actions = actionWords(view, context)
  const notice = noticeOf(view, state, messages)
  const name = isolate(conflictName(conflict, type, context), context.dir)
  if (state.phase === 'resolved')
    return { title: messages.resolvedTitle(name), meta: messages.resolvedQueued, notice, actions }
  if (state.phase === 'choosing')
    return { title: conflictTitle(conflict, type, context), meta: metaWords(view, context), notice, actions }
  const chosen = actions[state.side]
  return {
    title: messages.previewTitle(chosen.label, name),
    meta: `${chosen.hint} ${messages.metaPreview}`,
    notice,
    actions,
  }
}
