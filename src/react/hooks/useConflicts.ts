import { useSyncExternalStore } from 'react'
import type { Conflict, SyncEngine } from '../../engine/types.ts'
import { useEngine } from '../context.ts'
import { engineStores } from '../model/engine-stores.ts'

const notYet = () => undefined

/** The conflicts that wait for a person, or for the verdict on their decision; `undefined` until they are read. */
export const useConflicts = (engine?: SyncEngine): Conflict[] | undefined => {
  const { conflicts } = engineStores(useEngine(engine))
  return useSyncExternalStore(conflicts.subscribe, conflicts.snapshot, notYet)
}
