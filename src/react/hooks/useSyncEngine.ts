import { useCallback, useMemo, useSyncExternalStore } from 'react'
import type {
  Conflict,
  ConflictStrategy,
  SyncEngine,
  SyncProgress,
  SyncResult,
  SyncStatusSnapshot,
} from '../../engine/types.ts'
import { useEngine } from '../context.ts'
import type { RequestState } from '../model/engine-stores.ts'
import { engineStores } from '../model/engine-stores.ts'
import { useConflicts } from './useConflicts.ts'
import { useSyncStatus } from './useSyncStatus.ts'

export type SyncStatusName = 'idle' | 'syncing' | 'success' | 'error'

export interface UseSyncEngine {
  engine: SyncEngine
  /** One whole cycle; concurrent calls join the running one. */
  sync(): Promise<SyncResult>
  syncStatus: SyncStatusName
  progress: SyncProgress
  /** Empty until they are read. */
  conflicts: Conflict[]
  resolveConflict(conflict: Conflict | number, strategy: ConflictStrategy): Promise<void>
  status: SyncStatusSnapshot
  pause(): void
  resume(): void
}

const noConflicts: Conflict[] = []

/**
 * The mission's four words. Being offline is never `error`: a requested cycle that met no network is `idle`, and so is
 * everything that waits or is simply not known yet.
 */
export const syncStatusOf = (status: SyncStatusSnapshot, request: RequestState): SyncStatusName => {
  if (status.tags.includes('busy')) return 'syncing'
  if (status.state === 'error') return 'error'
  const isNews = request.lastSyncedAt === status.lastSyncedAt
  if (request.outcome === 'failed' && isNews && !status.tags.includes('offline')) return 'error'
  const isBroken =
    status.lastError !== null ||
    ((request.outcome === 'failed' || request.outcome === 'incomplete') && isNews)
  return status.lastSyncedAt !== null && status.pending === 0 && !isBroken ? 'success' : 'idle'
}

export const useSyncEngine = (): UseSyncEngine => {
  const engine = useEngine()
  const stores = engineStores(engine)
  const status = useSyncStatus()
  const conflicts = useConflicts() ?? noConflicts
  const request = useSyncExternalStore(
    stores.request.subscribe,
    stores.request.snapshot,
    stores.request.snapshot,
  )
  const resolveConflict = useCallback(
    (conflict: Conflict | number, strategy: ConflictStrategy) =>
      engine.conflicts.resolve(typeof conflict === 'number' ? conflict : conflict.id, strategy),
    [engine],
  )
  const pause = useCallback(() => engine.pause(), [engine])
  const resume = useCallback(() => engine.resume(), [engine])
  return useMemo(
    () => ({
      engine,
      sync: stores.sync,
      syncStatus: syncStatusOf(status, request),
      progress: status.progress,
      conflicts,
      resolveConflict,
      status,
      pause,
      resume,
    }),
    [engine, stores, status, request, conflicts, resolveConflict, pause, resume],
  )
}
