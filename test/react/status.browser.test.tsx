import { expect, test, vi } from 'vitest'
import { page } from 'vitest/browser'
import { render } from 'vitest-browser-react'
import type { SyncProgress as Progress, SyncStatusSnapshot } from '../../src/engine/types.ts'
import {
  LifecycleView,
  OfflineIndicator,
  SyncProgress,
  SyncProvider,
  SyncStatus,
} from '../../src/react/index.ts'
import { createFakeEngine, idleStatus } from '../support/fake-engine.ts'

const offline: Partial<SyncStatusSnapshot> = {
  state: 'pausedOffline',
  tags: ['offline', 'canQueue'],
  pending: 2,
}
const statusText = () => page.getByRole('status').element().textContent

/** A clock that moves when told to. */
const handClock = () => {
  let now = 1_000_000
  let next = 0
  const waiting = new Map<number, { at: number; run: () => void }>()
  return {
    now: () => now,
    setTimeout: (run: () => void, ms: number) => {
      waiting.set(++next, { at: now + ms, run })
      return next
    },
    clearTimeout: (handle: unknown) => void waiting.delete(handle as number),
    waiting: () => waiting.size,
    advance(ms: number) {
      now += ms
      for (const [id, timer] of [...waiting])
        if (timer.at <= now) {
          waiting.delete(id)
          timer.run()
        }
    },
  }
}

test('UI42 the announcer stands in the page from the start, empty, and speaks of changes only', async () => {
  const fake = createFakeEngine({ lastSyncedAt: 1 })
  await render(<SyncStatus engine={fake.engine} />)
  expect(statusText()).toBe('')
  fake.setStatus(offline)
  await expect.poll(statusText).toBe('Offline. 2 changes saved on this device')
})

test('UI42 what was not true for two seconds is not said', async () => {
  const clock = handClock()
  const fake = createFakeEngine({ lastSyncedAt: 1 })
  const screen = await render(
    <SyncProvider engine={fake.engine} clock={clock}>
      <SyncStatus />
    </SyncProvider>,
  )
  fake.setStatus({ tags: ['busy'] })
  await expect.element(page.getByText('Syncing', { exact: true })).toBeVisible()
  clock.advance(1_000)
  fake.setStatus({ tags: ['settled'] })
  await expect.element(page.getByText('All changes saved on the server')).toBeVisible()
  clock.advance(5_000)
  expect(statusText()).toBe('')
  fake.setStatus(offline)
  await expect.element(page.getByText('Offline. 2 changes saved on this device')).toBeVisible()
  clock.advance(2_000)
  await expect.poll(statusText).toBe('Offline. 2 changes saved on this device')
  await screen.unmount()
  expect(clock.waiting()).toBe(0)
  expect(fake.listeners()).toBe(0)
})

test('UI42 counts that run are for the eye: they are not read out step by step', async () => {
  const fake = createFakeEngine({ lastSyncedAt: 1 })
  await render(<SyncStatus engine={fake.engine} />)
  const uploading = (done: number) =>
    fake.setStatus({ tags: ['busy'], state: 'uploading', progress: { phase: 'upload', done, total: 9 } })
  uploading(1)
  await expect.poll(statusText).toBe('Syncing')
  uploading(2)
  await expect.element(page.getByText('Sending 2 of 9')).toBeVisible()
  expect(statusText()).toBe('Syncing')
})

test('UI43 the engine tries again and resumes; what only the host can do has a button where the host does it', async () => {
  const fake = createFakeEngine(offline)
  const review = vi.fn()
  const screen = await render(<SyncStatus engine={fake.engine} />)
  await page.getByRole('button', { name: 'Try now' }).click()
  expect(fake.calls.sync).toBe(1)
  fake.setStatus({ state: 'pausedByUser', tags: ['paused'] })
  await page.getByRole('button', { name: 'Resume' }).click()
  expect(fake.calls.resume).toBe(1)
  fake.setStatus({ state: 'conflict', tags: ['attention'], conflicts: 2 })
  await expect.element(page.getByText('2 records need your choice')).toBeVisible()
  expect(page.getByRole('button').elements()).toEqual([])
  await screen.rerender(<SyncStatus engine={fake.engine} onReview={review} />)
  await page.getByRole('button', { name: 'Review' }).click()
  expect(review).toHaveBeenCalledOnce()
})

test('UI43 a snapshot alone has no buttons, for there is nobody to press them on', async () => {
  await render(<SyncStatus status={{ ...idleStatus, ...offline }} />)
  expect(page.getByRole('button').elements()).toEqual([])
})

test('UI40 the next try counts down with the clock', async () => {
  const clock = handClock()
  const fake = createFakeEngine({ state: 'retry', tags: ['waiting'], retryAt: clock.now() + 12_000 })
  await render(
    <SyncProvider engine={fake.engine} clock={clock}>
      <SyncStatus />
    </SyncProvider>,
  )
  await expect.element(page.getByText('Next try in 12 s')).toBeVisible()
  clock.advance(1_000)
  await expect.element(page.getByText('Next try in 11 s')).toBeVisible()
})

test('UI41 the indicator is there while the server cannot be reached, whatever else is to do', async () => {
  const fake = createFakeEngine({ ...offline, conflicts: 3 })
  await render(<OfflineIndicator engine={fake.engine} />)
  await expect.element(page.getByText('Offline. 2 changes saved on this device')).toBeVisible()
  fake.setStatus({ state: 'pausedByUser', tags: ['paused'] })
  fake.setStatus({ online: false })
  await expect.element(page.getByText('Offline. 2 changes saved on this device')).toBeVisible()
  fake.setStatus({ ...idleStatus, conflicts: 3 })
  await expect.poll(() => document.querySelector('[data-sc-part="status-text"]')).toBeNull()
  expect(page.getByRole('status').elements()).toHaveLength(1)
})

const progressOf = (progress: Progress) => (
  <SyncProgress status={{ ...idleStatus, tags: ['busy'], progress }} />
)
const bar = () => page.getByRole('progressbar').element() as HTMLProgressElement

test('UI44 progress has no end until the total is known, and never runs back', async () => {
  const screen = await render(progressOf({ phase: 'upload', done: 0, total: 0 }))
  expect(bar().position).toBe(-1)
  await screen.rerender(progressOf({ phase: 'upload', done: 5, total: 10 }))
  expect(bar().position).toBe(0.5)
  await screen.rerender(progressOf({ phase: 'upload', done: 5, total: 20 }))
  expect(bar().position).toBe(0.5)
  await expect.element(page.getByText('Sending 5 of 20').first()).toBeVisible()
  await screen.rerender(progressOf({ phase: 'upload', done: 15, total: 20 }))
  expect(bar().position).toBe(0.75)
  await screen.rerender(progressOf({ phase: 'download', done: 1, total: 10 }))
  expect(bar().position).toBe(0.1)
})

test('UI44 the start, each quarter and the end are announced, nothing between', async () => {
  const said: (string | null)[] = []
  const screen = await render(progressOf({ phase: 'idle', done: 0, total: 0 }))
  said.push(statusText())
  for (const done of [0, 1, 2, 3, 4, 5]) {
    await screen.rerender(progressOf({ phase: 'upload', done, total: 8 }))
    said.push(statusText())
  }
  await screen.rerender(progressOf({ phase: 'idle', done: 0, total: 0 }))
  said.push(statusText())
  expect(said).toEqual([
    '',
    'Sending 0 of 8',
    'Sending 0 of 8',
    'Sending 2 of 8',
    'Sending 2 of 8',
    'Sending 4 of 8',
    'Sending 4 of 8',
    'Done',
  ])
})

const current = () => [...document.querySelectorAll('[aria-current]')].map((node) => node.textContent)

test('UI50 the lifecycle lights the one state it is in, with what it means', async () => {
  const fake = createFakeEngine()
  await render(<LifecycleView engine={fake.engine} />)
  expect(current()).toEqual(['Idle'])
  fake.setStatus({ state: 'pausedOffline', tags: ['offline'] })
  await expect.poll(current).toEqual(['Paused offline'])
  await expect
    .element(page.getByRole('status'))
    .toHaveTextContent('Paused offline No connection. Changes are kept on this device and sent later.')
  expect(page.getByRole('listitem').elements()).toHaveLength(12)
})

test('UI50 the steps taken are told in order, steps inside a state are not', async () => {
  const fake = createFakeEngine()
  await render(<LifecycleView engine={fake.engine} />)
  const step = (from: string, to: string) => fake.emit('transition', { event: 'x', from, to, at: 0 })
  step('idle', 'batching')
  step('batching', 'uploading.claiming')
  step('uploading.claiming', 'uploading.sending')
  step('uploading.sending', 'retry')
  await expect.element(page.getByText('Idle → Batching → Uploading → Retry')).toBeVisible()
})
