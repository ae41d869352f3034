import { useCallback, useSyncExternalStore } from 'react'
import type { SyncEngine, SyncStatusSnapshot } from '../../engine/types.ts'
import { useSettings } from '../context.ts'

/** What a status component may be given: a snapshot, an engine, or nothing inside a provider. */
export interface StatusSource {
  status?: SyncStatusSnapshot
  engine?: SyncEngine
}

const nothing = () => () => undefined

export interface UsedStatus {
  status: SyncStatusSnapshot
  /** `null` where only a snapshot is shown: there is nothing to press buttons on. */
  engine: SyncEngine | null
}

export const useStatusSource = ({ status, engine: given }: StatusSource): UsedStatus => {
  const settings = useSettings()
  const engine = given ?? (status === undefined ? settings.engine : null)
  if (status === undefined && engine === null)
    throw new Error(
      'Nothing to show: pass `status` or `engine`, or render inside a <SyncProvider engine={engine}>.',
    )
  const subscribe = useCallback(
    (listener: () => void) => (engine === null ? nothing() : engine.on('status', () => listener())),
    [engine],
  )
  const read = useCallback(() => status ?? (engine as SyncEngine).status(), [status, engine])
  return { status: useSyncExternalStore(subscribe, read, read), engine }
}
