import type { SyncOperation } from '../../src/protocol/operation.ts'
import type { Schema } from '../../src/protocol/schema.ts'
import { keyOfRef } from './keys.ts'
import type { RecordRef } from './store.ts'

export interface TypeOrder {
  /** Parents lower than their children, as far as types that refer to each other allow. */
  rank(entityType: string): number
  count: number
  /** Types refer to each other in a circle (a type that refers to itself is none): rank alone orders no inserts. */
  isCyclic: boolean
}

export const typeOrder = (schema: Schema): TypeOrder => {
  const ranks = new Map<string, number>()
  const onPath = new Set<string>()
  let isCyclic = false
  const visit = (name: string) => {
    if (ranks.has(name)) return
    onPath.add(name)
    for (const { to } of schema.types[name]?.references ?? []) {
      if (to === null || to === name) continue
      if (onPath.has(to)) isCyclic = true
      else visit(to)
    }
    onPath.delete(name)
    ranks.set(name, ranks.size)
  }
  for (const [name, type] of Object.entries(schema.types)) {
    visit(name)
    // What a `poly` reference points to is known per record only.
    if (type.references.some((rule) => rule.poly)) isCyclic = true
  }
  return { rank: (entityType) => ranks.get(entityType) ?? 0, count: ranks.size, isCyclic }
}

/**
 * Order of judgement: creates, parents first; updates; deletes, children first. Operations on one record keep the order of
 * the request, so a later one takes at least the rank of the earlier one.
 */
export const inOrder = <T extends { operation: SyncOperation; key: string }>(
  items: readonly T[],
  order: TypeOrder,
): T[] => {
  const reached = new Map<string, number>()
  const ranked = items.map((item) => {
    const { type, entityType } = item.operation
    const own =
      type === 'create'
        ? order.rank(entityType)
        : type === 'update'
          ? order.count
          : order.count + order.count - order.rank(entityType)
    const rank = Math.max(own, reached.get(item.key) ?? 0)
    reached.set(item.key, rank)
    return { item, rank }
  })
  return ranked.sort((a, b) => a.rank - b.rank).map(({ item }) => item)
}

/**
 * How many of the others stand below each record, along `needs`; those that need each other in a circle are on one level
 * as they come. Iterative: a chain is as long as the request.
 */
export const levelsOf = <T extends RecordRef & { needs: RecordRef[] }>(
  items: readonly T[],
): Map<string, number> => {
  const byKey = new Map(items.map((item) => [keyOfRef(item), item]))
  const levels = new Map<string, number>()
  const onPath = new Set<string>()
  for (const root of byKey.keys()) {
    const path = [root]
    while (path.length > 0) {
      const key = path[path.length - 1] as string
      if (levels.has(key)) {
        path.pop()
        continue
      }
      const needs = (byKey.get(key)?.needs ?? [])
        .map(keyOfRef)
        .filter((need) => byKey.has(need) && need !== key)
      const open = onPath.has(key) ? [] : needs.filter((need) => !levels.has(need) && !onPath.has(need))
      onPath.add(key)
      if (open.length > 0) path.push(...open)
      else {
        path.pop()
        onPath.delete(key)
        levels.set(key, 1 + Math.max(-1, ...needs.map((need) => levels.get(need) ?? -1)))
      }
    }
  }
  return levels
}
