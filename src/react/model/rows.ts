/** A comparison of two records as rows for the screen. Pure: no React, no words. */
import { own, sameValue } from '../../core/canonical.ts'
import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import { isObject } from '../../protocol/json.ts'
import type { EntityType, FieldType } from '../../protocol/schema.ts'
import { humanise } from '../../protocol/schema.ts'
import { isEmpty } from './format.ts'

export type Side = 'local' | 'server'
export type Mark = 'added' | 'removed' | 'changed' | 'equal'

export interface DiffRow {
  /** `address.city` */
  path: string
  label: string
  type: FieldType | undefined
  local: JsonValue | undefined
  server: JsonValue | undefined
  /** `undefined` where the ancestor of this field is not known. */
  base: JsonValue | undefined
  isBaseKnown: boolean
  localMark: Mark
  serverMark: Mark
  isEqual: boolean
  /** Members of a nested object; empty for a plain value. */
  children: DiffRow[]
}

export interface Sides {
  local: JsonObject | null
  server: JsonObject | null
  /** May hold some fields only: those the change on this device was made on. */
  base?: JsonObject | null | undefined
}

const markAgainst = (before: JsonValue | undefined, after: JsonValue | undefined): Mark => {
  if (sameValue(before, after) || (isEmpty(before) && isEmpty(after))) return 'equal'
  if (isEmpty(before)) return 'added'
  return isEmpty(after) ? 'removed' : 'changed'
}

/**
 * With a known ancestor each side is marked by what it did to it. Without one the two are read from this device to the
 * server, as every two-column diff is read: what only this device has counts as removed there, what only the server has
 * as added.
 */
const marksOf = (
  local: JsonValue | undefined,
  server: JsonValue | undefined,
  base: JsonValue | undefined,
  isBaseKnown: boolean,
): [Mark, Mark] => {
  if (isBaseKnown) return [markAgainst(base, local), markAgainst(base, server)]
  const mark = markAgainst(local, server)
  if (mark === 'removed') return ['removed', 'equal']
  return mark === 'added' ? ['equal', 'added'] : [mark, mark]
}

const asObject = (value: JsonValue | undefined): JsonObject | null =>
  isObject(value) ? (value as JsonObject) : null

const isNested = (row: Pick<DiffRow, 'local' | 'server'>): boolean => {
  const known = [row.local, row.server].filter((value) => !isEmpty(value))
  return known.length > 0 && known.every(isObject)
}

interface Labels {
  label(field: string): string
  type(field: string): FieldType | undefined
}

const plainLabels: Labels = { label: humanise, type: () => undefined }

const rowsOf = (
  sides: Sides,
  fields: readonly string[],
  labels: Labels,
  prefix: string,
  isWholeBaseKnown: boolean,
): DiffRow[] =>
  fields.map((field) => {
    const local = own(sides.local, field)
    const server = own(sides.server, field)
    const base = own(sides.base, field)
    const isBaseKnown =
      isWholeBaseKnown ||
      (sides.base !== null && sides.base !== undefined && Object.hasOwn(sides.base, field))
    const [localMark, serverMark] = marksOf(local, server, base, isBaseKnown)
    const path = prefix === '' ? field : `${prefix}.${field}`
    const nested = isNested({ local, server })
      ? { local: asObject(local), server: asObject(server), base: asObject(base) }
      : null
    return {
      path,
      label: labels.label(field),
      type: labels.type(field),
      local,
      server,
      base,
      isBaseKnown,
      localMark,
      serverMark,
      isEqual: sameValue(local, server) || (isEmpty(local) && isEmpty(server)),
      children: nested === null ? [] : rowsOf(nested, keysOf(nested), plainLabels, path, isBaseKnown),
    }
  })

const keysOf = (sides: Sides): string[] => [
  ...new Set([...Object.keys(sides.local ?? {}), ...Object.keys(sides.server ?? {})]),
]

/** One row per field of either side: in the schema's order, then what the schema does not know as it comes. */
export const diffRows = (sides: Sides, type: EntityType | null): DiffRow[] => {
  const present = keysOf(sides)
  const declared = type === null ? [] : Object.keys(type.fields).filter((field) => present.includes(field))
  const fields = [...declared, ...present.filter((field) => !declared.includes(field))]
  const labels: Labels =
    type === null
      ? plainLabels
      : {
          label: (field) => type.fields[field]?.label ?? humanise(field),
          type: (field) => type.fields[field]?.type,
        }
  return rowsOf(sides, fields, labels, '', false)
}

export interface MarkCounts {
  added: number
  removed: number
  changed: number
}

/** What a collapsed parent says of its members. */
export const countMarks = (row: DiffRow): MarkCounts => {
  const counts: MarkCounts = { added: 0, removed: 0, changed: 0 }
  for (const child of row.children) {
    if (child.children.length > 0) {
      const inner = countMarks(child)
      counts.added += inner.added
      counts.removed += inner.removed
      counts.changed += inner.changed
    } else if (!child.isEqual) {
      const mark = child.localMark === 'equal' ? child.serverMark : child.localMark
      if (mark !== 'equal') counts[mark] += 1
    }
  }
  return counts
}
