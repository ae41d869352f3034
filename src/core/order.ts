import type { EntityId } from '../protocol/json.ts'
import { isTempId } from './temp-id.ts'

export interface Target {
  type: string
  id: EntityId
}

/** An unsent operation with what decides whether and when it may go. Ids are resolved through the id map. */
export interface Candidate extends Target {
  seq: number
  operation: 'create' | 'update' | 'delete'
  /** Records that it refers to, its own included where that has no server id and this is no create. */
  needs: readonly Target[]
  /** Records that it stops referring to: their delete waits for it. */
  frees: readonly Target[]
  priority: number
  /** Why it cannot go whatever the others do, or `null`. */
  held: WaitReason | null
}

export type WaitReason =
  | { kind: 'in-flight' }
  | { kind: 'conflict'; on: Target }
  | { kind: 'decision' }
  | { kind: 'unmapped'; on: Target }
  | { kind: 'behind'; seq: number }
  | { kind: 'cycle'; seqs: number[] }

export interface Plan {
  /** In the order to send; cut anywhere, a prefix never refers to what comes after it. */
  ready: Candidate[]
  waiting: Map<number, WaitReason>
}

const name = (target: Target): string => `${target.type} ${typeof target.id} ${target.id}`

type Edges = ReadonlyMap<Candidate, ReadonlySet<Candidate>>

/** What each waits for, and references to records that nobody here creates. */
const prerequisites = (
  candidates: readonly Candidate[],
): { edges: Edges; missing: Map<Candidate, Target> } => {
  const creates = new Map<string, Candidate>()
  const deletes = new Map<string, Candidate>()
  for (const candidate of candidates) {
    if (candidate.operation === 'create') creates.set(name(candidate), candidate)
    if (candidate.operation === 'delete') deletes.set(name(candidate), candidate)
  }
  const edges = new Map<Candidate, Set<Candidate>>(candidates.map((candidate) => [candidate, new Set()]))
  const missing = new Map<Candidate, Target>()
  for (const candidate of candidates) {
    for (const target of candidate.needs) {
      const create = creates.get(name(target))
      // A reference to itself waits for nothing: the server knows the record by the time it judges it.
      if (create === candidate) continue
      if (create !== undefined) edges.get(candidate)?.add(create)
      else if (isTempId(target.id)) missing.set(candidate, target)
    }
    for (const target of candidate.frees) {
      const waiting = deletes.get(name(target))
      if (waiting !== undefined && waiting !== candidate) edges.get(waiting)?.add(candidate)
    }
  }
  return { edges, missing }
}

/** Highest priority among an operation and all that waits for it: the first to reach it has it. */
const inheritedPriority = (candidates: readonly Candidate[], edges: Edges): Map<Candidate, number> => {
  const inherited = new Map<Candidate, number>()
  for (const root of [...candidates].sort((a, b) => b.priority - a.priority)) {
    const pending = [root]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (inherited.has(next)) continue
      inherited.set(next, root.priority)
      pending.push(...(edges.get(next) as ReadonlySet<Candidate>))
    }
  }
  return inherited
}

/**
 * Groups whose members wait for each other, each behind all that it waits for; nearly always groups of one. Tarjan's
 * algorithm, without recursion: chains of 10,000 must not overflow.
 */
const groupsInOrder = (roots: readonly Candidate[], edges: Edges): Candidate[][] => {
  const groups: Candidate[][] = []
  const lowest = new Map<Candidate, number>()
  const open: Candidate[] = []
  const isOpen = new Set<Candidate>()
  let count = 0
  for (const root of roots) {
    if (lowest.has(root)) continue
    const path: { at: Candidate; number: number; rest: Candidate[] }[] = []
    const enter = (at: Candidate) => {
      lowest.set(at, ++count)
      open.push(at)
      isOpen.add(at)
      const before = [...(edges.get(at) as ReadonlySet<Candidate>)]
      path.push({ at, number: count, rest: before.sort((a, b) => b.seq - a.seq) })
    }
    const reach = (from: Candidate, found: number) =>
      lowest.set(from, Math.min(lowest.get(from) as number, found))
    enter(root)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.rest.pop()
      if (next !== undefined) {
        if (!lowest.has(next)) enter(next)
        else if (isOpen.has(next)) reach(top.at, lowest.get(next) as number)
        continue
      }
      path.pop()
      const parent = path.at(-1)
      if (parent !== undefined) reach(parent.at, lowest.get(top.at) as number)
      if (lowest.get(top.at) !== top.number) continue
      const group = open.splice(open.lastIndexOf(top.at))
      for (const member of group) isOpen.delete(member)
      groups.push(group)
    }
  }
  return groups
}

/** Prerequisites first; among the rest by inherited priority, then by first enqueue. */
export const planUpload = (candidates: readonly Candidate[]): Plan => {
  const { edges, missing } = prerequisites(candidates)
  const priority = inheritedPriority(candidates, edges)
  const roots = [...candidates].sort(
    (a, b) => (priority.get(b) as number) - (priority.get(a) as number) || a.seq - b.seq,
  )
  const ready: Candidate[] = []
  const waiting = new Map<number, WaitReason>()
  const reasonOf = (candidate: Candidate): WaitReason | null => {
    if (candidate.held !== null) return candidate.held
    const target = missing.get(candidate)
    if (target !== undefined) return { kind: 'unmapped', on: target }
    for (const before of edges.get(candidate) as ReadonlySet<Candidate>)
      if (waiting.has(before.seq)) return { kind: 'behind', seq: before.seq }
    return null
  }
  for (const group of groupsInOrder(roots, edges)) {
    const seqs = group.map((member) => member.seq).sort((a, b) => a - b)
    // Deletes that wait for each other go together: the server judges the request's end state.
    const isDeadlock = group.length > 1 && group.some((member) => member.operation !== 'delete')
    const stuck = new Map(group.map((member) => [member.seq, reasonOf(member)]))
    const cause = seqs.find((seq) => stuck.get(seq) !== null)
    if (!isDeadlock && cause === undefined) {
      ready.push(...group.sort((a, b) => a.seq - b.seq))
      continue
    }
    for (const seq of seqs) {
      const reason = stuck.get(seq) ?? null
      if (isDeadlock) waiting.set(seq, { kind: 'cycle', seqs })
      else waiting.set(seq, reason ?? { kind: 'behind', seq: cause as number })
    }
  }
  return { ready, waiting }
}
