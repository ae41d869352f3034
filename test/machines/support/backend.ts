import type { ApplyOutput, ClaimOutput, Counts, SettleOutput } from '../../../machines/index.ts'

/** Of one operation; `applied` stands for gone, `blocked` is unsent and may not go yet. */
export type OperationState = 'unsent' | 'blocked' | 'sent' | 'conflict' | 'rejected' | 'applied'

export type Verdict = 'applied' | 'conflict' | 'rejected'

/** Of the server's news, in one page. */
const PAGE_SIZE = 2

/** A storage and a server, as small as the lifecycle's rules allow: operations are numbers, news is a count. */
export class Backend {
  readonly operations = new Map<number, OperationState>()
  /** How much the server has, and which operations had their effect there. */
  readonly server = { head: 0, effects: new Set<number>() }
  revision = 0
  cursor = 0
  readonly #answers = new Map<number, Map<number, Verdict | null>>()
  readonly #pages = new Map<number, { upTo: number; hasMore: boolean }>()
  #lastId = 0

  get counts(): Counts {
    const states = [...this.operations.values()]
    const count = (...wanted: OperationState[]) => states.filter((state) => wanted.includes(state)).length
    return {
      unsent: count('unsent', 'blocked'),
      sent: count('sent'),
      conflicts: count('conflict'),
      rejected: count('rejected'),
      revision: this.revision,
    }
  }

  add(count: number, state: OperationState): void {
    for (let i = 0; i < count; i++) this.operations.set(++this.#lastId, state)
    this.revision += 1
  }

  setAll(from: OperationState, to: OperationState): number {
    const ids = this.#idsIn(from)
    for (const id of ids) this.operations.set(id, to)
    this.revision += 1
    return ids.length
  }

  claim(limit: number): ClaimOutput {
    const sent = this.#idsIn('sent')
    const ids = sent.length > 0 ? sent : this.#idsIn('unsent').slice(0, limit)
    if (ids.length === 0) return { kind: 'nothing', revision: this.revision }
    for (const id of ids) this.operations.set(id, 'sent')
    this.revision += 1
    const batchId = ++this.#lastId
    this.#answers.set(batchId, new Map(ids.map((id) => [id, null])))
    return { kind: 'claimed', batchId, count: ids.length }
  }

  push(batchId: number, decide: () => Verdict): void {
    const answer = this.#answers.get(batchId) ?? new Map<number, Verdict | null>()
    for (const id of answer.keys()) {
      // Replay: the first verdict stands.
      const verdict = this.server.effects.has(id) ? 'applied' : decide()
      answer.set(id, verdict)
      if (verdict !== 'applied' || this.server.effects.has(id)) continue
      this.server.effects.add(id)
      this.server.head += 1
    }
  }

  settle(batchId: number): SettleOutput {
    const settled = { applied: 0, conflicts: 0, rejected: 0 }
    for (const [id, verdict] of this.#answers.get(batchId) ?? []) {
      if (verdict === null || this.operations.get(id) !== 'sent') continue
      this.operations.set(id, verdict)
      settled[verdict === 'conflict' ? 'conflicts' : verdict] += 1
    }
    this.revision += 1
    return settled
  }

  pull(): { pageId: number } {
    const pageId = ++this.#lastId
    const upTo = Math.min(this.server.head, this.cursor + PAGE_SIZE)
    this.#pages.set(pageId, { upTo, hasMore: upTo < this.server.head })
    return { pageId }
  }

  apply(pageId: number): ApplyOutput {
    const stale = this.#idsIn('sent').length > 0
    const before = this.cursor
    const { upTo, hasMore } = this.#pages.get(pageId) ?? { upTo: 0, hasMore: true }
    if (!stale) this.cursor = Math.max(before, upTo)
    return { applied: this.cursor - before, conflicts: 0, hasMore, stale }
  }

  /** `open` is what is left; asked for each conflict: may the policies decide it alone? */
  triage(isAutomatic: () => boolean): { open: number; decided: number } {
    const decided = this.#idsIn('conflict').filter(isAutomatic)
    for (const id of decided) this.operations.set(id, 'unsent')
    if (decided.length > 0) this.revision += 1
    return { open: this.#idsIn('conflict').length, decided: decided.length }
  }

  #idsIn(state: OperationState): number[] {
    return [...this.operations].filter(([, own]) => own === state).map(([id]) => id)
  }
}
