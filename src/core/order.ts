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

const prerequisites = (candidates: readonly Candidate[]) => {
  const creates = new Map<string, Candidate>()
  const deletes = new Map<string, Candidate>()
  for (const candidate of candidates) {
    if (candidate.operation === 'create') creates.set(name(candidate), candidate)
    if (candidate.operation === 'delete') deletes.set(name(candidate), candidate)
  }
  const edges = new Map<number, Set<Candidate>>(candidates.map((candidate) => [candidate.seq, new Set()]))
  const missing = new Map<number, Target>()
  for (const candidate of candidates) {
    for (const target of candidate.needs) {
      const create = creates.get(name(target))
      if (create !== undefined && create !== candidate) edges.get(candidate.seq)?.add(create)
      else if (isTempId(target.id)) missing.set(candidate.seq, target)
    }
    for (const target of candidate.frees) {
      const waiting = deletes.get(name(target))
      if (waiting !== undefined && waiting.seq !== candidate.seq) edges.get(waiting.seq)?.add(candidate)
    }
  }
  return { edges, missing }
}

/** Highest priority among an operation and all that waits for it. Iterative: chains of 10,000 must not overflow. */
const inheritedPriority = (
  candidates: readonly Candidate[],
  edges: Map<number, Set<Candidate>>,
): Map<number, number> => {
  const priority = new Map(candidates.map((candidate) => [candidate.seq, candidate.priority]))
  const pending = [...candidates]
  for (let candidate = pending.pop(); candidate !== undefined; candidate = pending.pop()) {
    const own = priority.get(candidate.seq) as number
    for (const before of edges.get(candidate.seq) ?? []) {
      if ((priority.get(before.seq) as number) >= own) continue
      priority.set(before.seq, own)
      pending.push(before)
    }
  }
  return priority
}

/** Prerequisites first; among the rest by inherited priority, then by first enqueue. */
export const planUpload = (candidates: readonly Candidate[]): Plan => {
  const { edges, missing } = prerequisites(candidates)
  const priority = inheritedPriority(candidates, edges)
  const sorted = [...candidates].sort(
    (a, b) => (priority.get(b.seq) as number) - (priority.get(a.seq) as number) || a.seq - b.seq,
  )
  const ready: Candidate[] = []
  const waiting = new Map<number, WaitReason>()
  const done = new Set<number>()
  const onPath = new Set<number>()

  const close = (candidate: Candidate) => {
    onPath.delete(candidate.seq)
    done.add(candidate.seq)
    if (waiting.has(candidate.seq)) return
    const target = missing.get(candidate.seq)
    const blocker = [...(edges.get(candidate.seq) ?? [])].find((before) => waiting.has(before.seq))
    if (candidate.held !== null) waiting.set(candidate.seq, candidate.held)
    else if (target !== undefined) waiting.set(candidate.seq, { kind: 'unmapped', on: target })
    else if (blocker !== undefined) waiting.set(candidate.seq, { kind: 'behind', seq: blocker.seq })
    else ready.push(candidate)
  }

  for (const root of sorted) {
    if (done.has(root.seq)) continue
    const path: { candidate: Candidate; rest: Candidate[] }[] = []
    const enter = (candidate: Candidate) => {
      onPath.add(candidate.seq)
      const before = [...(edges.get(candidate.seq) ?? [])].sort((a, b) => b.seq - a.seq)
      path.push({ candidate, rest: before })
    }
    enter(root)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.rest.pop()
      if (next === undefined) {
        close(top.candidate)
        path.pop()
      } else if (onPath.has(next.seq)) {
        const start = path.findIndex((entry) => entry.candidate.seq === next.seq)
        const members = path.slice(start).map((entry) => entry.candidate)
        // Deletes that wait for each other go together: the server judges the request's end state.
        if (members.every((member) => member.operation === 'delete')) continue
        const seqs = members.map((member) => member.seq).sort((a, b) => a - b)
        for (const seq of seqs) waiting.set(seq, { kind: 'cycle', seqs })
      } else if (!done.has(next.seq)) enter(next)
    }
  }
  return { ready, waiting }
}
