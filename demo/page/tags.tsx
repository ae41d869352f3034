import type { ReactNode } from 'react'
import type { EntityId, RecordStatus } from '../../src/index.ts'
import { isTempId } from '../../src/index.ts'
import { Icon } from './Icon.tsx'

const chips: Record<RecordStatus, { label: string; icon: string }> = {
  synced: { label: 'Saved', icon: 'check' },
  pending: { label: 'Pending', icon: 'clock' },
  sending: { label: 'Sending', icon: 'up' },
  conflict: { label: 'Conflict', icon: 'alert' },
  rejected: { label: 'Rejected', icon: 'stop' },
}

export const StatusChip = ({ status }: { status: RecordStatus }): ReactNode => (
  <span className="chip" data-status={status}>
    <Icon name={chips[status].icon} />
    {chips[status].label}
  </span>
)

/** `temp_1763…_a7b3c…k9x1_pet` → `temp …k9x1`: the end of the random part tells two of them apart. */
export const shortId = (id: EntityId): string => {
  if (typeof id === 'number') return `#${id}`
  if (!isTempId(id)) return id
  return `temp …${(id.split('_')[2] ?? '').slice(-4)}`
}

const isTemporary = (id: EntityId) => typeof id === 'string' && isTempId(id)

export const IdTag = ({ id }: { id: EntityId }): ReactNode => (
  // A new element for a new id: the change is shown by its appearing.
  <code key={id} className="id-tag" data-temporary={isTemporary(id) ? '' : undefined} title={String(id)}>
    {shortId(id)}
  </code>
)

/** A reference as it is stored: the reader sees it change when the record it points to gets its number. */
export const ReferenceTag = ({ field, id }: { field: string; id: EntityId }): ReactNode => (
  <code
    key={id}
    className="reference-tag"
    data-temporary={isTemporary(id) ? '' : undefined}
    data-reference={field}
    title={`${field}: ${id}`}
  >
    <Icon name="link" />
    {field} {shortId(id)}
  </code>
)
