// biome-ignore-all lint/a11y/noRedundantRoles: display: grid takes the roles of table elements away in some browsers
import type { ReactNode } from 'react'
import { useId, useState } from 'react'
import type { JsonValue } from '../../protocol/json.ts'
import { useFormat } from '../hooks/useFormat.ts'
import type { DiffRow, Mark, Side } from '../model/rows.ts'
import { countMarks } from '../model/rows.ts'
import { Icon } from './Icon.tsx'
import type { PartGetter } from './parts.ts'
import { Value } from './Value.tsx'

export type DiffPart =
  | 'columns'
  | 'column-header'
  | 'side-header'
  | 'field-row'
  | 'field-label'
  | 'base-value'
  | 'option'
  | 'option-value'
  | 'mark'
  | 'result'
  | 'toggle'
  | 'pick'

export interface ResultCell {
  value: JsonValue | undefined
  origin: Side
  isDeleted: boolean
  /** What somebody loses by it, in words. */
  loss?: ReactNode
}

export interface DiffTableProps<Row extends DiffRow> {
  label: string
  rows: readonly Row[]
  part: PartGetter<DiffPart>
  isLocalDeleted?: boolean
  isServerDeleted?: boolean
  localHeader?: ReactNode
  serverHeader?: ReactNode
  /** Adds the column that shows what will be saved. */
  result?: (row: Row) => ResultCell
  /** Says `Was …` under the field's name. */
  showBase?: boolean
  onFieldSelect?: ((field: string, side: Side) => void) | undefined
  selected?: Readonly<Record<string, Side>> | undefined
  defaultExpandedDepth?: number
}

const signs: Record<Mark, string> = { added: '+', removed: '−', changed: '~', equal: '=' }

interface VisibleRow<Row> {
  row: Row | DiffRow
  top: Row
  depth: number
  trail: string
}

const visibleRows = <Row extends DiffRow>(
  rows: readonly Row[],
  isOpen: (row: DiffRow, depth: number) => boolean,
) => {
  const visible: VisibleRow<Row>[] = []
  const walk = (row: Row | DiffRow, top: Row, depth: number, trail: string) => {
    visible.push({ row, top, depth, trail })
    if (!isOpen(row, depth)) return
    for (const child of row.children)
      walk(child, top, depth + 1, trail === '' ? row.label : `${trail}, ${row.label}`)
  }
  for (const row of rows) walk(row, row, 0, '')
  return visible
}

/**
 * Fields beside each other: one row per field, one column per side, and the result where a decision is being looked at.
 * Roles are written out because a container query turns the rows into cards, and CSS takes the roles of a real table away.
 */
export const DiffTable = <Row extends DiffRow>(props: DiffTableProps<Row>): ReactNode => {
  const { rows, part, result, defaultExpandedDepth = 1 } = props
  const { messages } = useFormat()
  const [toggled, setToggled] = useState<Readonly<Record<string, boolean>>>({})
  const isOpen = (row: DiffRow, depth: number) =>
    row.children.length > 0 && (toggled[row.path] ?? (depth < defaultExpandedDepth && !row.isEqual))
  return (
    <table
      role="table"
      aria-label={props.label}
      {...part('columns')}
      data-columns={result === undefined ? 3 : 4}
    >
      <thead role="rowgroup" data-sc-part="head">
        <tr role="row" data-sc-part="head-row">
          <th scope="col" role="columnheader" {...part('column-header')}>
            {messages.field}
          </th>
          <th scope="col" role="columnheader" {...part('side-header')} data-side="local">
            <span data-sc-part="side-name">
              <Icon name="device" />
              {messages.local}
            </span>
            {props.localHeader}
          </th>
          <th scope="col" role="columnheader" {...part('side-header')} data-side="server">
            <span data-sc-part="side-name">
              <Icon name="server" />
              {messages.server}
            </span>
            {props.serverHeader}
          </th>
          {result !== undefined && (
            <th scope="col" role="columnheader" {...part('column-header')} data-side="result">
              <span data-sc-part="side-name">
                <Icon name="result" />
                {messages.result}
              </span>
            </th>
          )}
        </tr>
      </thead>
      <tbody role="rowgroup" data-sc-part="body">
        {visibleRows(rows, isOpen).map(({ row, top, depth, trail }) => (
          <FieldRow
            key={row.path}
            row={row}
            depth={depth}
            trail={trail}
            isOpen={isOpen(row, depth)}
            onToggle={() => setToggled({ ...toggled, [row.path]: !isOpen(row, depth) })}
            result={depth === 0 && result !== undefined ? result(top) : undefined}
            hasResult={result !== undefined}
            table={props}
          />
        ))}
      </tbody>
    </table>
  )
}

interface FieldRowProps<Row extends DiffRow> {
  row: DiffRow
  depth: number
  trail: string
  isOpen: boolean
  onToggle(): void
  result: ResultCell | undefined
  hasResult: boolean
  table: DiffTableProps<Row>
}

const FieldRow = <Row extends DiffRow>({
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
