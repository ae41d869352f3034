import type { Meta, StoryObj } from '@storybook/react-vite'
import { OfflineIndicator } from '../../src/react/index.ts'
import { NOW, statusOf } from '../fixtures.ts'
import { inPractice, onPage } from '../support/practice.tsx'

/** The chip for a header: there while the server cannot be reached, gone otherwise. */
const meta = {
  title: 'Components/OfflineIndicator',
  component: OfflineIndicator,
  decorators: [onPage('34rem'), inPractice],
  parameters: { layout: 'fullscreen' },
  args: { status: statusOf({ state: 'pausedOffline', tags: ['offline', 'canQueue'], online: false }) },
} satisfies Meta<typeof OfflineIndicator>

export default meta
type Story = StoryObj<typeof meta>

export const Offline: Story = {}
export const OfflinePending: Story = {
  args: {
    status: statusOf({ state: 'pausedOffline', tags: ['offline', 'canQueue'], online: false, pending: 7 }),
  },
}
export const Unreachable: Story = {
  args: { status: statusOf({ state: 'retry', tags: ['waiting', 'canQueue'], retryAt: NOW + 12_000 }) },
}
/** Nothing to see: only the empty announcer. */
export const Online: Story = { args: { status: statusOf() } }
export const Dark: Story = { globals: { theme: 'dark' } }
