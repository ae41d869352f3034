import type { ReactNode } from 'react'
import { useMessages } from '../context.ts'
import type { Format } from '../hooks/useFormat.ts'
import { useFormat } from '../hooks/useFormat.ts'
import type { ConflictView, FieldView } from '../model/conflict-view.ts'
import { endsDeleted, originOf, resultOf } from '../model/conflict-view.ts'
import { isEmpty } from '../model/format.ts'
import type { Side } from '../model/rows.ts'
import { DiffTable } from './DiffTable.tsx'
import type { DiffPart, ResultCell } from './diff-table.ts'
import { Icon } from './Icon.tsx'
import type { PartGetter } from './parts.ts'
import { When } from './When.tsx'

export interface ResolverRowsProps {
  view: ConflictView
  /** The side that is being looked at, or `null` while nothing is chosen. */
  side: Side | null
  now: number | undefined
  part: PartGetter<DiffPart | 'notice' | 'auto-group' | 'unchanged-group'>
}

const MAX_QUOTED = 80
const quote = (text: string): string => (text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text)

export const ResolverRows = ({ view, side, now, part }: ResolverRowsProps): ReactNode => {
  const format = useFormat()
  const messages = useMessages()
  const { conflict } = view
  // Taking the server's side drops what merged by itself from this device, too: that must be seen before it happens.
  const dropped = side === 'server' ? view.automatic.filter((row) => row.state === 'auto-local') : []
  const automatic = view.automatic.filter((row) => !dropped.includes(row))
  const isGone = side !== null && endsDeleted(conflict, side)
  const table = {
    part,
    showBase: true,
    isLocalDeleted: conflict.localData === null,
    isServerDeleted: conflict.serverData === null,
    localHeader: <LocalHeader view={view} now={now} format={format} />,
    serverHeader: <ServerHeader view={view} now={now} format={format} />,
    ...(side === null
      ? {}
      : { result: (row: FieldView) => resultCell(view, row, side, isGone, format, now) }),
  }
  return (
    <>
      {isGone && (
        <p {...part('notice')} data-tone="warning">
          <Icon name="trash" />
          {messages.willBeDeleted}
        </p>
      )}
      <DiffTable {...table} label={messages.differences} rows={[...view.conflicting, ...dropped]} />
      {automatic.length > 0 && (
        <details {...part('auto-group')}>
          <summary>{messages.autoMerged(automatic.length)}</summary>
          <DiffTable {...table} label={messages.autoMerged(automatic.length)} rows={automatic} />
        </details>
      )}
      {view.unchanged.length > 0 && (
        <details {...part('unchanged-group')}>
          <summary>{messages.unchanged(view.unchanged.length)}</summary>
          <DiffTable {...table} label={messages.unchanged(view.unchanged.length)} rows={view.unchanged} />
        </details>
      )}
    </>
  )
}

const resultCell = (
  view: ConflictView,
  row: FieldView,
  side: Side,
  isGone: boolean,
  format: Format,
  now: number | undefined,
): ResultCell => {
  const { messages } = format
  const { conflict } = view
  const value = resultOf(row, side)
  const origin = originOf(row, side)
  const lost = origin === 'local' ? row.server : row.local
  const cell: ResultCell = { value, origin, isDeleted: isGone }
  if (row.isEqual || isEmpty(lost)) return cell
  const text = quote(format.value(lost, row.type))
  const by =
    origin === 'local'
      ? [view.person, timeText(conflict.serverModifiedAt, format, now)]
      : [messages.you, timeText(conflict.operation.editedAt, format, now)]
  const isCleared = isGone || isEmpty(value)
  cell.loss = (
    <span data-sc-part="loss">
      <Icon name="alert" />
      <bdi dir="auto">
        {isCleared
          ? messages.clears(text)
          : messages.replaces(text, by.filter((word) => word !== undefined).join(', '))}
      </bdi>
    </span>
  )
  return cell
}

const timeText = (ms: number | undefined, format: Format, now: number | undefined): string | undefined =>
  ms === undefined ? undefined : format.time(ms, now)

interface HeaderProps {
  view: ConflictView
  now: number | undefined
  format: Format
}

const LocalHeader = ({ view, now, format }: HeaderProps) => {
  const { editedAt } = view.conflict.operation
  return (
    <span data-sc-part="side-meta">
      <span>{format.messages.you}</span>
      {editedAt !== undefined && (
        <When ms={editedAt} now={now} format={format} phrase={format.messages.editedAt} />
      )}
    </span>
  )
}

const ServerHeader = ({ view, now, format }: HeaderProps) => {
  const { by, serverModifiedAt } = view.conflict
  const who = [by?.name, by?.device].filter((word) => word !== undefined).join(', ')
  if (who === '' && serverModifiedAt === undefined) return null
  return (
    <span data-sc-part="side-meta">
      {who !== '' && <bdi dir="auto">{who}</bdi>}
      {serverModifiedAt !== undefined && (
        <When ms={serverModifiedAt} now={now} format={format} phrase={format.messages.receivedAt} />
      )}
    </span>
  )
}
