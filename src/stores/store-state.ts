import type { TempIdClock } from '../core/temp-id.ts'

export interface OperationCounts {
  unsent: number
  sent: number
  conflict: number
  rejected: number
}

/** Everything of a store that is one value: counters, cursor, deadlines. One row, written with what it counts. */
export interface StoreState {
  /** One per device and store, random: `clientId` on the wire. */
  clientId: string
  next: { operation: number; batch: number; conflict: number; history: number }
  tempId: TempIdClock
  counts: OperationCounts
  openConflicts: number
  /** Grows whenever an operation or a conflict changes. */
  revision: number
  sync: SyncState
  /** Server's clock minus the device's, ms, as last measured. */
  serverOffsetMs: number
  retry: { at: number; attempt: number; forced: boolean } | null
  /** A person stopped the sync; it stays stopped over a reload. */
  pausedByUser: boolean
}

export interface SyncState {
  cursor: string | null
  /** A run downloads everything from null; every reset starts the next one. */
  run: number
  /** The run's first page is stored: from then on settled rows carry its number. */
  isStored: boolean
  isComplete: boolean
  /** Grows with every settle, page and start of a run: an older request's answer is not written. */
  count: number
}

export const emptyState = (clientId: string): StoreState => ({
  clientId,
  next: { operation: 1, batch: 1, conflict: 1, history: 1 },
  tempId: { lastMs: 0, counter: 0 },
  counts: { unsent: 0, sent: 0, conflict: 0, rejected: 0 },
  openConflicts: 0,
  revision: 0,
  sync: { cursor: null, run: 1, isStored: false, isComplete: false, count: 0 },
  serverOffsetMs: 0,
  retry: null,
  pausedByUser: false,
})
