import { useSyncExternalStore } from 'react'
import type { PendingOperation, SyncEngine } from '../../engine/types.ts'
import { useEngine } from '../context.ts'
import { engineStores } from '../model/engine-stores.ts'

const notYet = () => undefined

/** What has no effect on the server yet, in order; `undefined` until it is read. */
export const usePendingOperations = (engine?: SyncEngine): PendingOperation[] | undefined => {
  const { operations } = engineStores(useEngine(engine))
  return useSyncExternalStore(operations.subscribe, operations.snapshot, notYet)
}
