import { useSelector } from '@xstate/react'
import type { SyncEngine } from '../../../src/index.ts'
import { actorOf } from '../../../src/machines.ts'

export const ConnectivityDot = ({ engine }: { engine: SyncEngine }) => {
  const lifecycle = useSelector(actorOf(engine), (snapshot) => snapshot.children.lifecycle)
  const isOffline = useSelector(lifecycle, (snapshot) => snapshot?.hasTag('offline') ?? false)
  return <span>{isOffline ? 'offline' : 'connected'}</span>
}
