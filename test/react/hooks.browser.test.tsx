import type { ReactNode } from 'react'
import { Component, StrictMode } from 'react'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { render, renderHook } from 'vitest-browser-react'
import type { SyncStatusSnapshot } from '../../src/engine/types.ts'
import { SyncError } from '../../src/protocol/errors.ts'
import type { SyncStatusName } from '../../src/react/index.ts'
import {
  SyncProvider,
  useConflicts,
  useEntities,
  useEntity,
  usePendingOperations,
  useSyncEngine,
  useSyncStatus,
  useSyncTag,
} from '../../src/react/index.ts'
import type { FakeEngine } from '../support/fake-engine.ts'
import { createFakeEngine, idleStatus, petConflict, record, syncResult } from '../support/fake-engine.ts'

const modes = [
  { mode: 'StrictMode', Wrap: StrictMode },
  { mode: 'plain', Wrap: ({ children }: { children: ReactNode }) => children },
]

describe.each(modes)('hooks in $mode', ({ Wrap }) => {
  let fake: FakeEngine
  const wrapper = ({ children }: { children: ReactNode }) => (
    <Wrap>
      <SyncProvider engine={fake.engine}>{children}</SyncProvider>
    </Wrap>
  )

  beforeEach(() => {
    fake = createFakeEngine()
  })

  test('UI2 every hook listens while it is mounted and to nothing afterwards', async () => {
    const everything = () => {
      useSyncEngine()
      useSyncStatus()
      useSyncTag('busy')
      useEntities('pet', { where: { clientId: 4 } })
      useEntity('pet', 12)
      useConflicts()
      usePendingOperations()
    }
    const { unmount } = await renderHook(everything, { wrapper })
    expect(fake.listeners()).toBeGreaterThan(0)
    await unmount()
    expect(fake.listeners()).toBe(0)
  })

  test('UI3 a query is undefined until it is read, then keeps its answer until there is another', async () => {
    fake.setRecords('pet', [record(12, { name: 'Bella' })])
    const seen: unknown[] = []
    const { result, rerender } = await renderHook(
      () => {
        const pets = useEntities('pet', { where: { clientId: [4, 5] } })
        seen.push(pets)
        return pets
      },
      { wrapper },
    )
    expect(seen[0]).toBeUndefined()
    await expect.poll(() => result.current?.[0]?.data).toEqual({ name: 'Bella' })
    const before = result.current
    await rerender()
    expect(result.current).toBe(before)
    fake.setRecords('pet', [record(12, { name: 'Bella' }), record(13, { name: 'Rex' })])
    await expect.poll(() => result.current?.length).toBe(2)
  })

  test('UI3 equal queries written anew in every render are one query', async () => {
    const { rerender } = await renderHook(() => useEntities('pet', { where: { clientId: 4 } }), { wrapper })
    const asked = fake.calls.queries.length
    await rerender()
    await rerender()
    expect(fake.calls.queries.length).toBe(asked)
  })

  test('UI3 another query drops the answer of the one before', async () => {
    fake.setRecords('pet', [record(12, { name: 'Bella' })])
    fake.setRecords('client', [record(4, { name: 'Jana' })])
    const { result, rerender } = await renderHook(
      (props?: { type: string }) => useEntities(props?.type ?? 'pet'),
      {
        wrapper,
      },
    )
    await expect.poll(() => result.current?.[0]?.data).toEqual({ name: 'Bella' })
    await rerender({ type: 'client' })
    await expect.poll(() => result.current?.[0]?.data).toEqual({ name: 'Jana' })
  })

  test('UI4 one record: undefined, then itself, then null when it is gone', async () => {
    fake.setRecords('pet', [record(12, { name: 'Bella' })])
    const seen: unknown[] = []
    const { result } = await renderHook(
      () => {
        const bella = useEntity<{ name: string }>('pet', 12)
        seen.push(bella)
        return bella
      },
      { wrapper },
    )
    expect(seen[0]).toBeUndefined()
    await expect.poll(() => result.current?.data.name).toBe('Bella')
    const before = result.current
    fake.setRecords('pet', [record(12, { name: 'Bella' }), record(13, { name: 'Rex' })])
    await new Promise((done) => queueMicrotask(() => done(null)))
    expect(result.current).toBe(before)
    fake.setRecords('pet', [])
    await expect.poll(() => result.current).toBeNull()
  })

  test('UI3 conflicts and operations come from one subscription each, however many ask', async () => {
    await renderHook(
      () => {
        useConflicts()
        useConflicts()
        usePendingOperations()
        usePendingOperations()
      },
      { wrapper },
    )
    expect(fake.listeners()).toBe(2)
  })

  test('UI7 useSyncTag renders only when its answer changes', async () => {
    let renders = 0
    const { result } = await renderHook(
      () => {
        renders++
        return useSyncTag('busy')
      },
      { wrapper },
    )
    const before = renders
    fake.setStatus({ pending: 1 })
    fake.setStatus({ pending: 2 })
    expect(renders).toBe(before)
    fake.setStatus({ tags: ['busy'] })
    await expect.poll(() => result.current).toBe(true)
  })

  test('UI5 sync runs a cycle, pause and resume reach the engine, decisions go by id or conflict', async () => {
    fake.setConflicts([petConflict()])
    const { result, act } = await renderHook(() => useSyncEngine(), { wrapper })
    await expect.poll(() => result.current.conflicts.length).toBe(1)
    await act(async () => {
      await result.current.sync()
      result.current.pause()
      result.current.resume()
      await result.current.resolveConflict(1, { type: 'server-wins' })
      await result.current.resolveConflict(petConflict({ id: 2 }), { type: 'client-wins' })
    })
    expect(fake.calls).toMatchObject({ sync: 1, pause: 1, resume: 1 })
    expect(fake.calls.resolve).toEqual([
      [1, { type: 'server-wins' }],
      [2, { type: 'client-wins' }],
    ])
  })

  test('UI5 what the hook hands out keeps its identity until something changes', async () => {
    const { result, rerender } = await renderHook(() => useSyncEngine(), { wrapper })
    const before = result.current
    await rerender()
    expect(result.current).toBe(before)
  })

  test('UI5 a requested cycle that fails is an error until a later one is complete', async () => {
    fake.answerSync(async () =>
      syncResult({ success: false, errors: [new SyncError('SERVER_ERROR', 'the server stumbled')] }),
    )
    const { result, act } = await renderHook(() => useSyncEngine(), { wrapper })
    await act(() => result.current.sync())
    expect(result.current.syncStatus).toBe('error')
    fake.setStatus({ lastSyncedAt: 5_000 })
    await expect.poll(() => result.current.syncStatus).toBe('success')
  })

  test('UI5 a requested cycle that meets no network is idle, never an error', async () => {
    fake.answerSync(async () => {
      fake.setStatus({ state: 'pausedOffline', tags: ['offline', 'canQueue'], online: false })
      return syncResult({ success: false, errors: [new SyncError('OFFLINE', 'no network')] })
    })
    fake.setStatus({ lastSyncedAt: 1_000 })
    const { result, act } = await renderHook(() => useSyncEngine(), { wrapper })
    expect(result.current.syncStatus).toBe('success')
    await act(() => result.current.sync())
    expect(result.current.syncStatus).toBe('idle')
  })

  test('UI5 a rejection reaches the caller and shows as an error', async () => {
    fake.answerSync(() => Promise.reject(new SyncError('STOPPED', 'stopped')))
    const { result, act } = await renderHook(() => useSyncEngine(), { wrapper })
    await act(() => expect(result.current.sync()).rejects.toThrow('stopped'))
    expect(result.current.syncStatus).toBe('error')
  })
})

const words: [SyncStatusName, Partial<SyncStatusSnapshot>, string][] = [
  ['idle', {}, 'before anything is known'],
  ['syncing', { tags: ['busy'], lastSyncedAt: 1 }, 'while the lifecycle is busy'],
  ['error', { state: 'error', tags: ['attention'], lastSyncedAt: 1 }, 'in the error state'],
  ['success', { lastSyncedAt: 1 }, 'after a complete cycle with nothing pending'],
  ['idle', { lastSyncedAt: 1, pending: 1 }, 'with something pending'],
  [
    'idle',
    { lastSyncedAt: 1, lastError: { code: 'TIMEOUT', message: '' } },
    'after a fault nobody asked for',
  ],
  ['idle', { state: 'pausedOffline', tags: ['offline'], online: false, pending: 3 }, 'offline'],
  ['idle', { state: 'retry', tags: ['waiting'], pending: 1 }, 'between tries'],
]

test.each(words)('UI5 syncStatus is %s for %o: %s', async (expected, changes) => {
  const { engine } = createFakeEngine({ ...idleStatus, ...changes })
  const { result } = await renderHook(() => useSyncEngine(), {
    wrapper: ({ children }) => <SyncProvider engine={engine}>{children}</SyncProvider>,
  })
  expect(result.current.syncStatus).toBe(expected)
})

class Catch extends Component<{ children: ReactNode }, { message: string }> {
  override state = { message: '' }
  static getDerivedStateFromError = (error: Error) => ({ message: error.message })
  override render() {
    return this.state.message === '' ? this.props.children : <p>{this.state.message}</p>
  }
}

const Lost = () => <>{useSyncStatus().state}</>

test('UI1 without a provider a hook says what is missing and how to mend it', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const screen = await render(
    <Catch>
      <Lost />
    </Catch>,
  )
  await expect.element(screen.getByText(/wrap the app in <SyncProvider engine=\{engine\}>/)).toBeVisible()
})
