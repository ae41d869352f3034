/** The words of the lifecycle: what goes in, what it remembers, what it hears, and what it asks of its actors. */
import type { PromiseActorLogic } from 'xstate'
import type { Fault } from '../fault.ts'

/** How much there is, as storage says. Never the operations themselves. */
export interface Counts {
  unsent: number
  sent: number
  /** Open ones that wait for a decision. */
  conflicts: number
  rejected: number
  /** Grows whenever an operation or a conflict changes; counts of a lower one are old news. */
  revision: number
}

/** All in ms, but `batchSize`. */
export interface LifecycleTiming {
  /** How long a write waits for others to travel with it. */
  batchWindowMs: number
  /** As many as this go at once, without waiting. */
  batchSize: number
  /** No write waits longer than this, however many follow it. */
  maxBatchWaitMs: number
  pollMs: number
  authRetryMs: number
  quotaProbeMs: number
  errorRetryMs: number
}

export interface LifecycleInput {
  counts: Counts
  online: boolean
  authed: boolean
  pausedByUser: boolean
  retryAt: number | null
  retryForced: boolean
  now: () => number
  timing: LifecycleTiming
}

export interface LifecycleContext extends LifecycleInput {
  /** Since when there is no room; `null` while there is. */
  quotaSince: number | null
  /** Storage has nothing to send at this revision: asking again before it grows would be a loop. */
  blockedRevision: number
  /** Somebody asked for an upload, so storage is asked even where the counts show nothing. */
  claimRequested: boolean
  /** News is due while `wanted > seen`. A pull serves what was wanted when it was asked; a fault loses nothing. */
  news: { wanted: number; asked: number; seen: number }
  /** The revisions at which the policies were asked, and at which they have answered. */
  triage: { asked: number; answered: number }
  windowSince: number
  polledAt: number | null
  /** What is being sent; meaningful in `uploading.sending` and `.settling`. */
  batchId: number
  /** What is being applied; meaningful in `downloading.applying`. */
  pageId: number
  /** What the last cycle ended in; `null` once one is complete. */
  fault: Fault | null
}

export type LifecycleEvent =
  | { type: 'outbox.changed'; counts: Counts }
  | { type: 'conflicts.changed'; counts: Counts }
  /** The server has something new. */
  | { type: 'remote.changed' }
  /** A person, or the app for them, wants a whole cycle now. */
  | { type: 'sync.requested' }
  /** What is written is to leave now, without waiting for company. */
  | { type: 'flush.requested' }
  | { type: 'sync.paused' }
  | { type: 'sync.resumed' }
  | { type: 'net.lost' }
  | { type: 'net.restored' }
  | { type: 'auth.expired' }
  | { type: 'auth.renewed' }
  | { type: 'quota.exceeded' }
  | { type: 'quota.freed' }

export type LifecycleEmitted =
  | ({ type: 'cycle.settled' } & SettleOutput)
  /** A download ran to its end: one whole cycle. */
  | { type: 'cycle.finished' }
  | { type: 'cycle.faulted'; fault: Fault }

export type LifecycleTag = 'settled' | 'busy' | 'waiting' | 'offline' | 'paused' | 'attention' | 'canQueue'

export type ClaimOutput =
  | { kind: 'claimed'; batchId: number; count: number }
  /** `revision` is read in the claim's own transaction, or before it. */
  | { kind: 'nothing'; revision: number }

export interface SettleOutput {
  applied: number
  conflicts: number
  rejected: number
}

export interface ApplyOutput {
  applied: number
  conflicts: number
  hasMore: boolean
  /** Something was sent meanwhile, so the page was not written. */
  stale: boolean
}

type NoInput = Record<string, never>

/**
 * What the lifecycle asks of the outside. Each rejects with a `Fault`, and gives up when its `signal` aborts, which
 * happens when the chart leaves the state. Inputs and outputs are small: rows and answers stay with the actors.
 */
export type LifecycleActors = {
  /** Freezes the next operations to send, those already sent first, in one transaction. */
  claimBatch: PromiseActorLogic<ClaimOutput, NoInput>
  /** Sends a claimed batch and keeps the answer under its id. */
  pushBatch: PromiseActorLogic<{ batchId: number }, { batchId: number }>
  /** Writes the verdicts of a batch, ids included, in one transaction. One without any verdict is a fault. */
  settleBatch: PromiseActorLogic<SettleOutput, { batchId: number }>
  /** Asks for the next page and keeps it under an id. */
  pullPage: PromiseActorLogic<{ pageId: number }, NoInput>
  /** Writes a page and its cursor in one transaction. */
  applyPage: PromiseActorLogic<ApplyOutput, { pageId: number }>
  /** Lets the policies decide what they can; `open` is what is left for a person. */
  triage: PromiseActorLogic<{ open: number }, NoInput>
  /** Asks for a token again. */
  probeAuth: PromiseActorLogic<{ authed: boolean }, NoInput>
}
