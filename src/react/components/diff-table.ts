/** What the table of fields and its rows agree on. */
import type { ReactNode } from 'react'
import type { JsonValue } from '../../protocol/json.ts'
import type { DiffRow, Side } from '../model/rows.ts'
import type { PartGetter } from './parts.ts'

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
