import type { SnapshotFrom } from 'xstate'
import type { lifecycleChart } from '../../machines/lifecycle/lifecycle.machine.ts'
import type { SyncError } from '../protocol/errors.ts'
import type { LifecycleState, LifecycleTag, SyncProgress, SyncStatusSnapshot } from './types.ts'

export type LifecycleSnapshot = SnapshotFrom<typeof lifecycleChart>

/** `{ uploading: 'sending' }` → `uploading.sending` */
export const pathOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : Object.entries(value as Record<string, unknown>)
        .map(([state, inner]) => `${state}.${pathOf(inner)}`)
        .join(' ')

export const topStateOf = (value: unknown): LifecycleState => pathOf(value).split('.')[0] as LifecycleState

/** Progress of one cycle: never runs backwards; a new cycle starts at zero. */
export class ProgressMeter {
  #done = 0
  #total = 0

  settled(count: number): void {
    this.#done += count
  }

  reset(): void {
    this.#done = 0
    this.#total = 0
  }

  read(state: LifecycleState, remaining: number): SyncProgress {
    if (state === 'downloading') return { phase: 'download', done: this.#done, total: this.#total }
    if (state !== 'uploading' && state !== 'batching')
      return { phase: 'idle', done: this.#done, total: this.#total }
    this.#total = Math.max(this.#total, this.#done + remaining)
    return { phase: 'upload', done: this.#done, total: this.#total }
  }
}

export interface StatusFacts {
  progress: SyncProgress
  lastSyncedAt: number | null
  lastError: SyncError | null
}

export const toStatus = (snapshot: LifecycleSnapshot, facts: StatusFacts): SyncStatusSnapshot => {
  const { context } = snapshot
  const state = topStateOf(snapshot.value)
  return {
    state,
    tags: [...snapshot.tags].sort() as LifecycleTag[],
    online: context.online,
    pending: context.counts.unsent + context.counts.sent,
    sending: context.counts.sent,
    conflicts: context.counts.conflicts,
    rejected: context.counts.rejected,
    retryAt: state === 'retry' ? context.retryAt : null,
    lastSyncedAt: facts.lastSyncedAt,
    lastError:
      facts.lastError === null ? null : { code: facts.lastError.code, message: facts.lastError.message },
    progress: facts.progress,
  }
}

/** Before the store is open: nothing is known, nothing is wrong. */
export const bootingStatus: SyncStatusSnapshot = {
  state: 'deciding',
  tags: ['busy', 'canQueue'],
  online: true,
  pending: 0,
  sending: 0,
  conflicts: 0,
  rejected: 0,
  retryAt: null,
  lastSyncedAt: null,
  lastError: null,
  progress: { phase: 'idle', done: 0, total: 0 },
}

/** Nothing that somebody asked for is still to do: no claim, and no download behind the last one. */
export const isRequestServed = ({ context }: LifecycleSnapshot): boolean =>
  !context.claimRequested && context.news.seen >= context.news.wanted
