import { StrictMode, useState } from 'react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { page } from 'vitest/browser'
import { render } from 'vitest-browser-react'
import type { Conflict, EntityId } from '../../src/index.ts'
import {
  ConflictList,
  ConflictResolutionModal,
  LifecycleView,
  OfflineIndicator,
  SyncProvider,
  SyncStatus,
  useConflicts,
  useEngine,
  useEntities,
  useEntity,
  usePendingOperations,
  useSyncEngine,
} from '../../src/react/index.ts'
import { practiceInPage } from './practice-in-page.ts'
import '../../src/react/styles.css'

interface Client {
  name: string
  phone?: string | null
}

let desk: ReturnType<ReturnType<typeof practiceInPage>>
let room: typeof desk

beforeEach(() => {
  const open = practiceInPage()
  desk = open('Desk')
  room = open('Room')
})

afterEach(async () => {
  await Promise.all([desk.engine.stop(), room.engine.stop()])
})

const Screen = ({ watched }: { watched: EntityId }) => {
  const engine = useEngine()
  const { syncStatus, sync } = useSyncEngine()
  const clients = useEntities<Client>('client', { orderBy: 'name' })
  const one = useEntity<Client>('client', watched)
  const pending = usePendingOperations()
  const conflicts = useConflicts()
  const [shown, setShown] = useState<Conflict | null>(null)
  return (
    <main>
      <p data-testid="facts">
        {syncStatus}, {pending?.length ?? '?'} pending, watched: {one?.data.name ?? 'nobody'} {typeof one?.id}
      </p>
      <ul aria-label="clients">
        {clients?.map((client) => (
          <li key={client.key}>
            {client.data.name} {client.data.phone} {client.status}
          </li>
        ))}
      </ul>
      <button type="button" onClick={() => void sync().catch(() => undefined)}>
        Sync
      </button>
      <SyncStatus />
      <OfflineIndicator />
      <LifecycleView />
      <ConflictList
        conflicts={conflicts}
        onResolveConflict={(id) => setShown(conflicts?.find((conflict) => conflict.id === id) ?? null)}
        onBulkResolve={async (strategy, ids) => {
          for (const id of ids) await engine.conflicts.resolve(id, strategy)
        }}
      />
      {shown !== null && (
        <ConflictResolutionModal
          conflict={conflicts?.find(({ id }) => id === shown.id) ?? shown}
          onResolve={(strategy) => engine.conflicts.resolve(shown.id, strategy)}
          onDismiss={() => setShown(null)}
        />
      )}
    </main>
  )
}

const show = (watched: EntityId) =>
  render(
    <StrictMode>
      <SyncProvider engine={room.engine} clock={{ now: () => Date.now() }}>
        <Screen watched={watched} />
      </SyncProvider>
    </StrictMode>,
  )

const facts = () => page.getByTestId('facts')
const clients = () => page.getByRole('list', { name: 'clients' })

/** A client that both devices know, changed by both while the room is offline. */
const disagree = async (): Promise<EntityId> => {
  const { id } = await room.engine.entities.create('client', { name: 'Jana', phone: '1' })
  await room.engine.bidirectionalSync()
  await desk.engine.bidirectionalSync()
  room.setUp(false)
  await room.engine.entities.update('client', id, { phone: '2' })
  const [known] = await desk.engine.entities.list('client')
  await desk.engine.entities.update('client', known?.id ?? 0, { phone: '3' })
  await desk.engine.bidirectionalSync()
  return id
}

test('UI4 a record is followed from its temporary id to the server’s', async () => {
  room.setUp(false)
  const { id } = await room.engine.entities.create('client', { name: 'Jana', phone: '1' })
  await show(id)
  await expect.element(facts()).toHaveTextContent('idle, 1 pending, watched: Jana string')
  await expect.element(page.getByText('Offline. 1 change saved on this device').first()).toBeVisible()
  await expect.element(clients()).toHaveTextContent('Jana 1 pending')
  const item = clients().element().firstElementChild
  room.setUp(true)
  await expect.element(facts()).toHaveTextContent('success, 0 pending, watched: Jana number')
  await expect.element(clients()).toHaveTextContent('Jana 1 synced')
  expect(clients().element().firstElementChild).toBe(item)
})

test.each([
  ['Keep Local', '2'],
  ['Use Server', '3'],
])('UI12 %s decides on the real engine, and both devices show the same', async (name, phone) => {
  const id = await disagree()
  await show(id)
  await expect.element(page.getByText('Offline. 1 change saved on this device').first()).toBeVisible()
  room.setUp(true)
  await expect.element(page.getByText('1 record needs your choice').first()).toBeVisible()
  await page.getByRole('button', { name: /^Jana / }).click()
  await expect.element(page.getByRole('cell', { name: 'This device changed: 2' })).toBeVisible()
  await expect.element(page.getByRole('cell', { name: 'Server changed: 3' })).toBeVisible()
  await page.getByRole('button', { name, exact: true }).click()
  await page.getByRole('button', { name: 'Apply' }).click()
  await expect.element(page.getByRole('heading', { name: 'Jana is resolved' })).toHaveFocus()
  await page.getByRole('button', { name: 'Close' }).first().click()
  await expect.element(page.getByText('No conflicts. Everything matches the server.')).toBeVisible()
  await expect.element(clients()).toHaveTextContent(`Jana ${phone} synced`)
  await desk.engine.bidirectionalSync()
  expect((await desk.engine.entities.list('client')).map(({ data }) => data.phone)).toEqual([phone])
})

test('UI32 many are decided together on the real engine', async () => {
  await show(await disagree())
  room.setUp(true)
  await page.getByRole('button', { name: 'Use Server…' }).click()
  await page.getByRole('button', { name: 'Apply to 1' }).click()
  await expect.element(page.getByText('No conflicts. Everything matches the server.')).toBeVisible()
  await expect.element(clients()).toHaveTextContent('Jana 3 synced')
})

test('UI5 a press on Sync brings what the other device wrote', async () => {
  await show('nobody')
  await expect.element(facts()).toHaveTextContent('success, 0 pending')
  await desk.engine.entities.create('client', { name: 'Petr' })
  await desk.engine.bidirectionalSync()
  await page.getByRole('button', { name: 'Sync', exact: true }).click()
  await expect.element(clients()).toHaveTextContent('Petr synced')
})
