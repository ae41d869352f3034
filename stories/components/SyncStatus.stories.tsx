import type { Meta, StoryObj } from '@storybook/react-vite'
import { fn } from 'storybook/test'
import { SyncStatus } from '../../src/react/index.ts'
import { NOW, statusOf } from '../fixtures.ts'
import { inPractice, onPage } from '../support/practice.tsx'

/** The first line that is true. Offline is calm: a state, not a failure. */
const meta = {
  title: 'Components/SyncStatus',
  component: SyncStatus,
  decorators: [onPage('34rem'), inPractice],
  parameters: { layout: 'fullscreen' },
  args: { status: statusOf(), onRetry: fn(), onResume: fn(), onReview: fn(), onSignIn: fn(), onFix: fn() },
} satisfies Meta<typeof SyncStatus>

export default meta
type Story = StoryObj<typeof meta>

export const UpToDate: Story = {}
export const NotYet: Story = { args: { status: statusOf({ lastSyncedAt: null }) } }
export const Pending: Story = {
  args: { status: statusOf({ state: 'batching', tags: ['canQueue'], pending: 3 }) },
}
export const Syncing: Story = {
  args: {
    status: statusOf({
      state: 'uploading',
      tags: ['busy', 'canQueue'],
      pending: 12,
      sending: 8,
      progress: { phase: 'upload', done: 4, total: 12 },
    }),
  },
}
export const Downloading: Story = {
  args: {
    status: statusOf({
      state: 'downloading',
      tags: ['busy', 'canQueue'],
      progress: { phase: 'download', done: 1_200, total: 0 },
    }),
  },
}
export const Offline: Story = {
  args: { status: statusOf({ state: 'pausedOffline', tags: ['offline', 'canQueue'], online: false }) },
}
export const OfflinePending: Story = {
  args: {
    status: statusOf({ state: 'pausedOffline', tags: ['offline', 'canQueue'], online: false, pending: 7 }),
  },
}
export const Unreachable: Story = {
  args: {
    status: statusOf({ state: 'retry', tags: ['waiting', 'canQueue'], pending: 7, retryAt: NOW + 12_000 }),
  },
}
export const Paused: Story = {
  args: { status: statusOf({ state: 'pausedByUser', tags: ['paused', 'canQueue'], pending: 2 }) },
}
export const Conflicts: Story = {
  args: { status: statusOf({ state: 'conflict', tags: ['attention', 'canQueue'], conflicts: 2 }) },
}
export const Rejected: Story = { args: { status: statusOf({ rejected: 1 }) } }
export const SignedOut: Story = {
  args: { status: statusOf({ state: 'authRequired', tags: ['attention', 'canQueue'], pending: 5 }) },
}
export const StorageProblem: Story = {
  args: { status: statusOf({ state: 'quotaExceeded', tags: ['attention'] }) },
}
export const Stopped: Story = {
  args: {
    status: statusOf({
      state: 'error',
      tags: ['attention', 'canQueue'],
      lastError: { code: 'SCHEMA_TOO_OLD', message: 'schema 1 is too old' },
    }),
  },
}
export const Compact: Story = { args: { compact: true } }
/** Without handlers there are no buttons. */
export const WithoutActions: Story = { args: { ...OfflinePending.args, onRetry: undefined } }
export const Dark: Story = { args: { ...Conflicts.args }, globals: { theme: 'dark' } }
