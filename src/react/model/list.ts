/** What the list shows, and what a bulk decision would do. Pure. */
import type { Conflict } from '../../engine/types.ts'
import { isDeletion } from './conflict-view.ts'
import type { Side } from './rows.ts'

export type ListSort = 'newest' | 'oldest'
export type Badge = 'needs-review' | 'deleted' | 'failed' | 'resolving' | 'waiting'

export const typesOf = (conflicts: readonly Conflict[]): string[] =>
  [...new Set(conflicts.map((conflict) => conflict.operation.entityType))].sort()

export const arrange = (
  conflicts: readonly Conflict[],
  filter: string | null,
  sort: ListSort,
): Conflict[] => {
  const direction = sort === 'newest' ? -1 : 1
  return conflicts
    .filter((conflict) => filter === null || conflict.operation.entityType === filter)
    .sort((a, b) => direction * (a.detectedAt - b.detectedAt) || direction * (a.id - b.id))
}

export const badgeOf = (conflict: Conflict, isResolving: boolean): Badge => {
  if (isResolving) return 'resolving'
  if (conflict.status === 'deciding') return 'waiting'
  if (conflict.error !== undefined) return 'failed'
  return isDeletion(conflict) ? 'deleted' : 'needs-review'
}

export interface Page {
  page: number
  pages: number
  /** 1-based; 0 where there is nothing. */
  from: number
  to: number
  items: Conflict[]
}

export const pageOf = (conflicts: readonly Conflict[], page: number, pageSize: number): Page => {
  const pages = Math.max(1, Math.ceil(conflicts.length / pageSize))
  const present = Math.min(Math.max(1, page), pages)
  const start = (present - 1) * pageSize
  const items = conflicts.slice(start, start + pageSize)
  return { page: present, pages, from: items.length === 0 ? 0 : start + 1, to: start + items.length, items }
}

export interface BulkPlan {
  side: Side
  ids: number[]
  /** Type → how many. */
  perType: [string, number][]
  /** Values that are replaced or dropped. */
  values: number
  /** Deletions: each is too much to lose for a decision about many. */
  excluded: number
}

export const bulkPlan = (conflicts: readonly Conflict[], side: Side): BulkPlan => {
  const open = conflicts.filter((conflict) => conflict.status === 'open')
  const included = open.filter((conflict) => conflict.kind === 'update-update')
  const perType = new Map<string, number>()
  for (const { operation } of included)
    perType.set(operation.entityType, (perType.get(operation.entityType) ?? 0) + 1)
  return {
    side,
    ids: included.map((conflict) => conflict.id),
    perType: [...perType].sort(([a], [b]) => a.localeCompare(b)),
    values: included.reduce((sum, conflict) => sum + conflict.affectedFields.length, 0),
    excluded: open.length - included.length,
  }
}
