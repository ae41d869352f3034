import type { ReactNode } from 'react'
import { expect, test } from 'vitest'
import { page } from 'vitest/browser'
import { render } from 'vitest-browser-react'
import type { Conflict, SyncStatusSnapshot } from '../../src/engine/types.ts'
import { defineSchema } from '../../src/protocol/schema.ts'
import {
  ConflictDiffViewer,
  ConflictList,
  ConflictResolutionModal,
  en,
  LifecycleView,
  type MessagesOverride,
  OfflineIndicator,
  SyncProgress,
  SyncProvider,
  SyncStatus,
} from '../../src/react/index.ts'
import { idleStatus, petConflict } from '../support/fake-engine.ts'
import '../../src/react/styles.css'

const mark = (text: string) => `⟦${text}⟧`

/** Every word in brackets: what is not, did not come from the pack. */
const pseudo = (pack: object): object =>
  Object.fromEntries(
    Object.entries(pack).map(([key, value]: [string, unknown]) => {
      if (typeof value === 'string') return [key, mark(value)]
      if (typeof value === 'function') return [key, (...args: unknown[]) => mark(String(value(...args)))]
      return [key, pseudo(value as object)]
    }),
  )

const messages = pseudo(en) as MessagesOverride
const schema = defineSchema({
  version: 1,
  entities: {
    pet: {
      label: mark('Pet'),
      plural: mark('Pets'),
      fields: {
        name: { type: 'text', label: mark('Name') },
        weightKg: { type: 'number', label: mark('Weight') },
        address: { type: 'object', label: mark('Address') },
      },
      references: { clientId: { to: 'pet', label: mark('Owner') } },
    },
  },
})

const strange = (root: ParentNode): string[] => {
  const words: string[] = []
  const walker = document.createTreeWalker(root as Node, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const text = node.textContent ?? ''
    const parent = node.parentElement
    if (!/\p{L}/u.test(text) || parent?.closest('bdi, time, style, script') !== null) continue
    // A sentence may be split by what stands in it; inside the brackets of one element it is whole.
    if (!(parent.textContent ?? '').includes('⟦')) words.push(text)
  }
  for (const element of root.querySelectorAll('[aria-label], [title]')) {
    const label = element.getAttribute('aria-label') ?? ''
    const title = element.tagName === 'TIME' ? '' : (element.getAttribute('title') ?? '')
    for (const text of [label, title]) if (/\p{L}/u.test(text) && !text.includes('⟦')) words.push(text)
  }
  return words
}

const show = (children: ReactNode) =>
  render(
    <SyncProvider schema={schema} messages={messages} clock={{ now: () => 3_000 }}>
      {children}
    </SyncProvider>,
  )

const conflicts: Conflict[] = [
  petConflict(),
  petConflict({ id: 2, kind: 'update-delete', serverData: null }),
  petConflict({
    id: 3,
    kind: 'delete-update',
    localData: null,
    error: { code: 'CONFLICT_MOVED', message: 'moved' },
  }),
  petConflict({ id: 4, status: 'deciding' }),
]
const done = async () => undefined

test.each(conflicts)(
  'UI62 every word of the dialog comes from the pack, in every step: $kind, $status',
  async (conflict) => {
    await show(
      <ConflictResolutionModal
        conflict={conflict}
        onResolve={() => Promise.reject(new Error('no'))}
        onDismiss={() => undefined}
      />,
    )
    await expect.element(page.getByRole('dialog')).toBeVisible()
    expect(strange(document.body)).toEqual([])
    if (conflict.status === 'deciding') return
    await page.getByRole('toolbar').getByRole('button').first().click()
    expect(strange(document.body)).toEqual([])
    await page.getByRole('button', { name: mark('Apply') }).click()
    await expect.element(page.getByRole('button', { name: mark('Try again') })).toBeVisible()
    expect(strange(document.body)).toEqual([])
  },
)

test('UI62 every word of the list comes from the pack', async () => {
  const screen = await show(
    <ConflictList
      conflicts={conflicts}
      pageSize={2}
      onResolveConflict={() => undefined}
      onBulkResolve={done}
    />,
  )
  expect(strange(screen.container)).toEqual([])
  await page.getByRole('button', { name: mark('Keep Local…') }).click()
  expect(strange(screen.container)).toEqual([])
  for (const list of [undefined, []]) {
    await screen.rerender(
      <SyncProvider schema={schema} messages={messages}>
        <ConflictList conflicts={list} onResolveConflict={() => undefined} onBulkResolve={done} />
      </SyncProvider>,
    )
    expect(strange(screen.container)).toEqual([])
  }
})

const states: Partial<SyncStatusSnapshot>[] = [
  {},
  { lastSyncedAt: 1_000 },
  { state: 'quotaExceeded' },
  { state: 'authRequired', pending: 1 },
  { state: 'error', lastError: { code: 'SCHEMA_TOO_OLD', message: 'too old' } },
  { conflicts: 1 },
  { state: 'pausedByUser' },
  { state: 'pausedOffline', tags: ['offline'] },
  { state: 'pausedOffline', tags: ['offline'], pending: 3 },
  { state: 'retry', retryAt: 9_000 },
  { rejected: 1 },
  { state: 'uploading', tags: ['busy'], progress: { phase: 'upload', done: 1, total: 2 } },
  { state: 'downloading', tags: ['busy'], progress: { phase: 'download', done: 1, total: 0 } },
  { pending: 1 },
]

test('UI62 every word of the status components comes from the pack, in every state', async () => {
  for (const state of states) {
    const status = { ...idleStatus, ...state }
    const screen = await show(
      <>
        <SyncStatus
          status={status}
          onRetry={() => undefined}
          onResume={() => undefined}
          onReview={() => undefined}
        />
        <OfflineIndicator status={status} />
        <SyncProgress status={status} />
        <LifecycleView state={status.state} trail={['idle', status.state]} />
      </>,
    )
    expect(strange(screen.container)).toEqual([])
    await screen.unmount()
  }
})

test('UI62 every word of the diff viewer comes from the pack', async () => {
  const screen = await show(
    <ConflictDiffViewer
      entityType="pet"
      localData={{ name: 'Bella', address: { [mark('city')]: 'Brno' } }}
      serverData={{ weightKg: 2, address: {} }}
      onFieldSelect={() => undefined}
    />,
  )
  expect(strange(screen.container)).toEqual([])
})
