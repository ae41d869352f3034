import { renderToString } from 'react-dom/server'
import { expect, test } from 'vitest'
import {
  ConflictDiffViewer,
  ConflictList,
  ConflictResolver,
  LifecycleView,
  OfflineIndicator,
  SyncProgress,
  SyncProvider,
  SyncStatus,
  useConflicts,
  useEntities,
  useEntity,
  usePendingOperations,
  useSyncEngine,
} from '../../src/react/index.ts'
import { createFakeEngine, petConflict } from '../support/fake-engine.ts'

const App = () => {
  const { syncStatus, conflicts } = useSyncEngine()
  const pets = useEntities('pet')
  const bella = useEntity('pet', 12)
  const open = useConflicts()
  const pending = usePendingOperations()
  const known = [pets, bella, open, pending].map((value) => (value === undefined ? 'unknown' : 'known'))
  return (
    <p>
      {syncStatus} {conflicts.length} {known.join(' ')}
    </p>
  )
}

test('UI6 on a server the hooks give the initial state and start nothing', () => {
  const fake = createFakeEngine()
  const html = renderToString(
    <SyncProvider engine={fake.engine}>
      <App />
    </SyncProvider>,
  )
  expect(html.replaceAll('<!-- -->', '')).toBe('<p>idle 0 unknown unknown unknown unknown</p>')
  expect(fake.listeners()).toBe(0)
  expect(fake.calls).toMatchObject({ sync: 0, queries: [] })
})

test('UI6 on a server every component renders', () => {
  const fake = createFakeEngine({ state: 'pausedOffline', tags: ['offline'], pending: 2 })
  const conflict = petConflict()
  const html = renderToString(
    <SyncProvider engine={fake.engine} locale="en" timeZone="UTC">
      <SyncStatus />
      <OfflineIndicator />
      <SyncProgress />
      <LifecycleView />
      <ConflictList
        conflicts={[conflict]}
        onResolveConflict={() => undefined}
        onBulkResolve={async () => undefined}
      />
      <ConflictResolver conflict={conflict} onResolve={async () => undefined} />
      <ConflictDiffViewer localData={conflict.localData} serverData={conflict.serverData} entityType="pet" />
    </SyncProvider>,
  )
  expect(html).toContain('Offline. 2 changes saved on this device')
  expect(html).toContain('Bella (Pet) was changed in two places')
  expect(fake.listeners()).toBe(0)
})
