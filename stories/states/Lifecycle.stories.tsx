import type { Meta, StoryObj } from '@storybook/react-vite'
import { LifecycleAt } from '../support/lifecycle.tsx'
import { inPractice, onPage } from '../support/practice.tsx'

/** One story per state of the lifecycle chart. The chart stands still: nothing is sent, no timer runs. */
const meta = {
  title: 'States/Lifecycle',
  component: LifecycleAt,
  decorators: [onPage('48rem'), inPractice],
  parameters: { layout: 'fullscreen' },
  args: { state: 'idle' },
} satisfies Meta<typeof LifecycleAt>

export default meta
type Story = StoryObj<typeof meta>

export const Deciding: Story = { args: { state: 'deciding' } }
export const Idle: Story = { args: { state: 'idle' } }
export const Batching: Story = { args: { state: 'batching' } }
export const UploadingClaiming: Story = { args: { state: 'uploading.claiming' } }
export const UploadingSending: Story = { args: { state: 'uploading.sending' } }
export const UploadingSettling: Story = { args: { state: 'uploading.settling' } }
export const DownloadingPulling: Story = { args: { state: 'downloading.pulling' } }
export const DownloadingApplying: Story = { args: { state: 'downloading.applying' } }
export const ConflictTriaging: Story = { args: { state: 'conflict.triaging' } }
export const ConflictAwaitingDecision: Story = { args: { state: 'conflict.awaitingDecision' } }
export const Retry: Story = { args: { state: 'retry' } }
export const PausedOffline: Story = { args: { state: 'pausedOffline' } }
export const PausedByUser: Story = { args: { state: 'pausedByUser' } }
export const AuthRequiredWaiting: Story = { args: { state: 'authRequired.waiting' } }
export const AuthRequiredAsking: Story = { args: { state: 'authRequired.asking' } }
export const QuotaExceeded: Story = { args: { state: 'quotaExceeded' } }
// `Error` is a global of the language: the export has another name, the story has not.
export const ErrorState: Story = { name: 'Error', args: { state: 'error' } }
