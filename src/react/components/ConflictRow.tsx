import type { ReactNode } from 'react'
import { memo } from 'react'
import type { Conflict } from '../../engine/types.ts'
import { useEntityType, useSettings } from '../context.ts'
import { useFormat } from '../hooks/useFormat.ts'
import { RETURN_TARGET } from '../hooks/useReturnFocus.ts'
import { conflictView } from '../model/conflict-view.ts'
import type { Badge } from '../model/list.ts'
import { badgeOf } from '../model/list.ts'
import { conflictName, typeLabel } from '../model/words.ts'
import type { IconName } from './Icon.tsx'
import { Icon } from './Icon.tsx'
import type { PartGetter } from './parts.ts'
import { When } from './When.tsx'

export interface ConflictRowProps {
  conflict: Conflict
  isActive: boolean
  isResolving: boolean
  now: number | undefined
  part: PartGetter<'row' | 'row-button' | 'badge'>
  onOpen(id: number): void
}

const badgeIcons: Record<Badge, IconName> = {
  'needs-review': 'choice',
  deleted: 'trash',
  failed: 'alert',
  resolving: 'busy',
  waiting: 'up',
}

const Row = ({ conflict, isActive, isResolving, now, part, onOpen }: ConflictRowProps): ReactNode => {
  const settings = useSettings()
  const format = useFormat()
  const { messages } = format
  const type = useEntityType(conflict.operation.entityType)
  const view = conflictView(conflict, type)
  const badge = badgeOf(conflict, isResolving)
  const what =
    conflict.kind === 'update-delete'
      ? messages.list.deletedBy(view.person)
      : conflict.kind === 'delete-update'
        ? messages.list.deletedHere
        : messages.list.fields(view.conflicting.length)
  return (
    <li {...part('row')} data-state={badge}>
      <button
        type="button"
        {...part('row-button')}
        data-row={conflict.id}
        tabIndex={isActive ? 0 : -1}
        {...(isActive ? { [RETURN_TARGET]: '' } : {})}
        onClick={() => onOpen(conflict.id)}
      >
        <span data-sc-part="row-name">
          <bdi dir="auto">{conflictName(conflict, type, settings)}</bdi>
        </span>
        <span data-sc-part="row-type">{typeLabel(conflict, type)}</span>
        <span data-sc-part="row-what">{what}</span>
        <span data-sc-part="row-meta">
          {view.person !== undefined && conflict.kind !== 'update-delete' && (
            <>
              <bdi dir="auto">{view.person}</bdi>
              <span aria-hidden="true"> · </span>
            </>
          )}
          <When ms={conflict.serverModifiedAt ?? conflict.detectedAt} now={now} format={format} />
        </span>
        <span {...part('badge')} data-badge={badge}>
          <Icon name={badgeIcons[badge]} />
          {messages.list.badges[badge]}
        </span>
      </button>
    </li>
  )
}

/** Renders again only for news of its own: moving through a page of fifty touches two rows. */
export const ConflictRow = memo(Row)
