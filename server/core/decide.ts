import { referencesOf } from '../../src/core/references.ts'
import type { OperationErrorBody } from '../../src/protocol/messages.ts'
import { judge } from './judge.ts'
import { keyOf } from './keys.ts'
import { inOrder, type TypeOrder } from './order.ts'
import type { Findings, Item, Pass, Rules, Verdict } from './pass.ts'
import { isLive, type Snapshot, WorkingSet } from './working.ts'

export interface Decision {
  verdicts: ReadonlyMap<number, Verdict>
  working: WorkingSet
}

const passOver = (rules: Rules, snapshot: Snapshot, items: readonly Item[], findings: Findings) => {
  const pass: Pass = {
    rules,
    snapshot,
    working: new WorkingSet(snapshot),
    findings,
    assumed: new Set(),
    uses: new Map(),
  }
  const verdicts = new Map<number, Verdict>()
  for (const item of items) verdicts.set(item.index, judge(pass, item))
  return { pass, verdicts }
}

/** Creates that were counted on and failed, with all that hangs on them; `true` where something new was found. */
const growFailed = ({ assumed, uses, working, snapshot, findings }: Pass): boolean => {
  const lost = [...assumed].filter((tempId) => !working.created.has(tempId) && !snapshot.mapped.has(tempId))
  const users = new Map<string, string[]>()
  for (const [user, used] of uses)
    for (const tempId of used) users.set(tempId, [...(users.get(tempId) ?? []), user])
  const before = findings.failed.size
  for (let tempId = lost.pop(); tempId !== undefined; tempId = lost.pop()) {
    if (findings.failed.has(tempId)) continue
    findings.failed.add(tempId)
    lost.push(...(users.get(tempId) ?? []))
  }
  return findings.failed.size > before
}

/**
 * Deletes that live children keep from going, judged on the request's end state. A delete that stays keeps its own parents,
 * too.
 */
const growBlocked = ({ rules, working, snapshot, findings }: Pass, items: readonly Item[]): boolean => {
  const removals = new Map<string, number>()
  for (const item of items) {
    const record = working.records.get(item.key)
    const last = record?.steps.at(-1)
    if (record !== undefined && last?.operation === item.index && !isLive(record))
      removals.set(record.key, item.index)
  }
  if (removals.size === 0) return false
  let grew = false
  const block = (parent: string, path: string): boolean => {
    const index = removals.get(parent)
    if (index === undefined) return false
    const paths = findings.blocked.get(index)
    if (paths?.has(path)) return false
    if (paths === undefined) findings.blocked.set(index, new Set([path]))
    else paths.add(path)
    grew = true
    return true
  }
  const staying: string[] = []
  for (const key of removals.keys())
    for (const path of snapshot.children.get(key) ?? []) if (block(key, path)) staying.push(key)
  const keepParents = (entityType: string, data: Parameters<typeof referencesOf>[1]) => {
    const type = rules.schema.types[entityType]
    if (type === undefined) return
    for (const reference of referencesOf(type, data)) {
      const parent = keyOf(reference.type, reference.id)
      if (block(parent, `${entityType}.${reference.path}`)) staying.push(parent)
    }
  }
  // Those of the request that were refused before they were looked at stay what they are.
  for (const { entityType, id } of snapshot.rows.values()) working.get(entityType, id)
  for (const record of working.records.values())
    if (isLive(record)) keepParents(record.entityType, record.data)
  for (let key = staying.pop(); key !== undefined; key = staying.pop()) {
    const record = working.records.get(key)
    // What lay under the delete lies there again.
    if (record !== undefined) keepParents(record.entityType, record.steps.at(-2)?.data ?? record.stored?.data)
  }
  return grew
}

/**
 * Judges a set of operations. An operation may stand or fall with one that is judged after it, so the pass is repeated with
 * what it found out; findings only grow, and each round adds all that follows from its own.
 */
export const decide = (
  rules: Rules,
  snapshot: Snapshot,
  items: readonly Item[],
  order: TypeOrder,
  refused: ReadonlyMap<number, OperationErrorBody>,
): Decision => {
  const findings: Findings = { failed: new Set(), blocked: new Map(), refused }
  const sorted = inOrder(items, order)
  for (;;) {
    const { pass, verdicts } = passOver(rules, snapshot, sorted, findings)
    const hasFailed = growFailed(pass)
    const hasBlocked = growBlocked(pass, sorted)
    if (!hasFailed && !hasBlocked) return { verdicts, working: pass.working }
  }
}
