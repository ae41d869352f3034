import { useCallback, useSyncExternalStore } from 'react'
import type { LifecycleTag, SyncEngine, SyncStatusSnapshot } from '../../engine/types.ts'
import { useEngine } from '../context.ts'

const useStatusSource = (given: SyncEngine | undefined) => {
  const engine = useEngine(given)
  const subscribe = useCallback((listener: () => void) => engine.on('status', () => listener()), [engine])
  return { engine, subscribe }
}

/** Where the engine is now. Renders on every change: for one fact, `useSyncTag` is cheaper. */
export const useSyncStatus = (engine?: SyncEngine): SyncStatusSnapshot => {
  const source = useStatusSource(engine)
  const snapshot = useCallback(() => source.engine.status(), [source.engine])
  return useSyncExternalStore(source.subscribe, snapshot, snapshot)
}

/** Whether the lifecycle carries a tag, `busy` for one; renders only when the answer changes. */
export const useSyncTag = (tag: LifecycleTag, engine?: SyncEngine): boolean => {
  const source = useStatusSource(engine)
  const snapshot = useCallback(() => source.engine.status().tags.includes(tag), [source.engine, tag])
  return useSyncExternalStore(source.subscribe, snapshot, snapshot)
}
