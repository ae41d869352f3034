// biome-ignore-all lint/a11y/noRedundantRoles: display: grid takes the roles of table elements away in some browsers
import { useId } from 'react'
import { useFormat } from '../hooks/useFormat.ts'
import type { DiffRow, Mark, Side } from '../model/rows.ts'
import { countMarks } from '../model/rows.ts'
import type { DiffTableProps, ResultCell } from './diff-table.ts'
import { Icon } from './Icon.tsx'
import { Value } from './Value.tsx'

const signs: Record<Mark, string> = { added: '+', removed: '−', changed: '~', equal: '=' }

export interface FieldRowProps<Row extends DiffRow> {
  row: DiffRow
  depth: number
  trail: string
  isOpen: boolean
  onToggle(): void
  result: ResultCell | undefined
  hasResult: boolean
  table: DiffTableProps<Row>
}

/** One field: its name, both sides, and the result where there is one. */
export const FieldRow = <Row extends DiffRow>({
  row,
  depth,
  trail,
  isOpen,
  onToggle,
  result,
  hasResult,
  table,
}: FieldRowProps<Row>) => {
  const { part } = table
  const format = useFormat()
  const { messages } = format
  const labelId = useId()
  const isParent = row.children.length > 0
  const counts = isParent ? countMarks(row) : null
  const state = row.isEqual ? 'equal' : 'different'
  return (
    <tr
      role="row"
      {...part('field-row')}
      data-state={state}
      data-depth={depth}
      data-open={isOpen ? '' : undefined}
    >
      <th scope="row" role="rowheader" {...part('field-label')}>
        {isParent ? (
          <button type="button" {...part('toggle')} aria-expanded={isOpen} onClick={onToggle}>
            <Icon name="chevron" />
            <span id={labelId}>{row.label}</span>
            {counts !== null && <Counts counts={counts} />}
          </button>
        ) : (
          <span id={labelId}>
            {trail !== '' && <span data-sc-part="hidden">{trail}: </span>}
            {row.label}
          </span>
        )}
        {table.showBase === true && row.isBaseKnown && !row.isEqual && !isParent && (
          <span {...part('base-value')}>
            <bdi dir="auto">{messages.was(format.value(row.base, row.type))}</bdi>
          </span>
        )}
      </th>
      {(['local', 'server'] as const).map((side) => (
        <SideCell
          key={side}
          side={side}
          row={row}
          isSummary={isParent}
          isOpen={isOpen}
          result={result}
          table={table}
        />
      ))}
      {hasResult && (
        <td role="cell" {...part('result')} data-origin={result?.origin}>
          {result !== undefined && (
            <>
              <span data-sc-part="cell-name">
                <Icon name="result" />
                {messages.result}
              </span>
              <span data-sc-part="result-line">
                <Value value={result.value} type={row.type} isDeleted={result.isDeleted} />
                <span data-sc-part="origin">
                  <Icon name={result.origin === 'local' ? 'device' : 'server'} />
                  {result.origin === 'local' ? messages.yours : messages.theirs}
                </span>
              </span>
              {result.loss}
            </>
          )}
        </td>
      )}
    </tr>
  )
}

const Counts = ({ counts }: { counts: ReturnType<typeof countMarks> }) => {
  const { messages } = useFormat()
  return (
    <span data-sc-part="counts">
      {(['changed', 'added', 'removed'] as const)
        .filter((mark) => counts[mark] > 0)
        .map((mark) => (
          <span key={mark} data-sc-part="count" data-mark={mark}>
            <span aria-hidden="true">
              {signs[mark]}
              {counts[mark]}
            </span>
            <span data-sc-part="hidden"> {messages.counts[mark](counts[mark])}</span>
          </span>
        ))}
    </span>
  )
}

interface SideCellProps<Row extends DiffRow> {
  side: Side
  row: DiffRow
  isSummary: boolean
  isOpen: boolean
  result: ResultCell | undefined
  table: DiffTableProps<Row>
}

const SideCell = <Row extends DiffRow>({
  side,
  row,
  isSummary,
  isOpen,
  result,
  table,
}: SideCellProps<Row>) => {
  const { part } = table
  const { messages } = useFormat()
  const isLocal = side === 'local'
  const mark = isLocal ? row.localMark : row.serverMark
  const isDeleted = (isLocal ? table.isLocalDeleted : table.isServerDeleted) === true
  const sideName = isLocal ? messages.local : messages.server
  const isSelected = table.selected?.[row.path] === side
  const standing = result === undefined ? undefined : result.origin === side ? 'kept' : 'lost'
  return (
    <td
      role="cell"
      {...part('option')}
      data-side={side}
      data-mark={isSummary ? undefined : mark}
      data-standing={standing}
      data-selected={isSelected ? '' : undefined}
    >
      <span data-sc-part="cell-name">
        <Icon name={isLocal ? 'device' : 'server'} />
        {sideName}
      </span>
      {!(isSummary && isOpen) && (
        <span {...part('option-value')}>
          {!isSummary && (
            <span {...part('mark')} data-mark={mark}>
              <span aria-hidden="true">{signs[mark]}</span>
              <span data-sc-part="hidden">{messages.marks[mark]}: </span>
            </span>
          )}
          <Value value={isLocal ? row.local : row.server} type={row.type} isDeleted={isDeleted} />
        </span>
      )}
      {table.onFieldSelect !== undefined && !row.isEqual && !isSummary && (
        <button
          type="button"
          {...part('pick')}
          aria-pressed={isSelected}
          aria-label={messages.pick(sideName, row.label)}
          onClick={() => table.onFieldSelect?.(row.path, side)}
        >
          <Icon name="check" />
        </button>
      )}
    </td>
  )
}
