import type { Conflict, PendingOperation, SyncEngine, SyncResult } from '../../engine/types.ts'
import type { LiveStore } from './live-store.ts'
import { liveStore } from './live-store.ts'

/** How the last cycle that somebody asked for through a hook ended. */
export type RequestOutcome = 'none' | 'running' | 'complete' | 'incomplete' | 'failed'

export interface RequestState {
  outcome: RequestOutcome
  /** `lastSyncedAt` when it ended: a later complete cycle makes the outcome old news. */
  lastSyncedAt: number | null
}

export interface EngineStores {
  conflicts: LiveStore<Conflict[]>
  operations: LiveStore<PendingOperation[]>
  request: { subscribe(listener: () => void): () => void; snapshot(): RequestState }
  sync(): Promise<SyncResult>
}

const outcomeOf = (engine: SyncEngine, result: SyncResult): RequestOutcome => {
  if (result.success) return 'complete'
  if (engine.status().tags.includes('offline')) return 'incomplete'
  return result.errors.some((error) => error.code !== 'OFFLINE') ? 'failed' : 'incomplete'
}

const createStores = (engine: SyncEngine): EngineStores => {
  const listeners = new Set<() => void>()
  let request: RequestState = { outcome: 'none', lastSyncedAt: null }
  const move = (outcome: RequestOutcome) => {
    request = { outcome, lastSyncedAt: engine.status().lastSyncedAt }
    for (const notify of [...listeners]) notify()
  }
  return {
    conflicts: liveStore((listener) => engine.conflicts.subscribe(listener)),
    operations: liveStore((listener) => engine.operations.subscribe(listener)),
    request: {
      subscribe(listener) {
        const entry = () => listener()
        listeners.add(entry)
        return () => listeners.delete(entry)
      },
      snapshot: () => request,
    },
    async sync() {
      move('running')
      try {
        const result = await engine.bidirectionalSync()
        move(outcomeOf(engine, result))
        return result
      } catch (error) {
        move('failed')
        throw error
      }
    },
  }
}

const storesOfEngines = new WeakMap<SyncEngine, EngineStores>()

/** One per engine, so that ten components that show conflicts ask the engine once. Starts nothing by itself. */
export const engineStores = (engine: SyncEngine): EngineStores => {
  const present = storesOfEngines.get(engine)
  if (present !== undefined) return present
  const stores = createStores(engine)
  storesOfEngines.set(engine, stores)
  return stores
}
