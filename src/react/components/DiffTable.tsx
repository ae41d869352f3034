// biome-ignore-all lint/a11y/noRedundantRoles: display: grid takes the roles of table elements away in some browsers
import type { ReactNode } from 'react'
import { useState } from 'react'
import { useFormat } from '../hooks/useFormat.ts'
import type { DiffRow } from '../model/rows.ts'
import { FieldRow } from './DiffRow.tsx'
import type { DiffTableProps } from './diff-table.ts'
import { Icon } from './Icon.tsx'

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
