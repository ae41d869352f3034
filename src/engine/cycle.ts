import type { EngineActor } from '../../machines/engine/engine.follow.ts'
import { SyncError } from '../protocol/errors.ts'
import type { SyncOperation } from '../protocol/operation.ts'
import type { Settled } from '../stores/settle.ts'
import { pathOf, topStateOf } from './status.ts'
import type { SyncResult } from './types.ts'

/** What a cycle that somebody asked for has done so far. */
export class CycleRecord {
  readonly #startedAt: number
  readonly #operations: SyncOperation[] = []
  #settled: Settled = { applied: 0, conflicts: 0, rejected: 0 }

  constructor(startedAt: number) {
    this.#startedAt = startedAt
  }

  settled(settled: Settled, operations: readonly SyncOperation[]): void {
    this.#settled = {
      applied: this.#settled.applied + settled.applied,
      conflicts: this.#settled.conflicts + settled.conflicts,
      rejected: this.#settled.rejected + settled.rejected,
    }
    this.#operations.push(...operations)
  }

  result(now: number, errors: SyncError[]): SyncResult {
    return {
      success: errors.length === 0,
      synced: this.#settled.applied,
      failed: this.#settled.rejected,
      conflicts: this.#settled.conflicts,
      operations: [...this.#operations],
      errors,
      duration: now - this.#startedAt,
    }
  }
}

/**
 * Why no cycle can run as things stand, or `null` where one is running or about to. `lastError` is what the last step
 * failed with.
 */
export const standstillOf = (root: EngineActor, lastError: SyncError | null): SyncError | null => {
  const snapshot = root.getSnapshot()
  if (snapshot.hasTag('failed'))
    return lastError ?? new SyncError('STORAGE_FAILED', 'the engine could not start')
  if (snapshot.hasTag('stopped')) return new SyncError('STOPPED', 'the engine was stopped')
  const lifecycle = snapshot.children.lifecycle?.getSnapshot()
  if (lifecycle === undefined) return null
  switch (topStateOf(lifecycle.value)) {
    case 'pausedByUser':
      return new SyncError('PAUSED', 'the sync is paused')
    case 'pausedOffline': {
      // A probe is asked with the request: its answer decides.
      const isProbing = snapshot.children.connectivity?.getSnapshot().matches('probing') === true
      return isProbing ? null : new SyncError('OFFLINE', 'the server cannot be reached')
    }
    case 'authRequired':
      return pathOf(lifecycle.value) === 'authRequired.asking'
        ? null
        : (lastError ?? new SyncError('TOKEN_MISSING', 'nobody is signed in'))
    case 'quotaExceeded':
      return lastError ?? new SyncError('QUOTA_EXCEEDED', 'this device has no room left')
    case 'retry':
    case 'error':
      return lastError ?? new SyncError('SERVER_ERROR', 'the sync waits for its next try')
    default:
      return null
  }
}
