import type { Meta, StoryObj } from '@storybook/react-vite'
import { SyncProgress } from '../../src/react/index.ts'
import { statusOf } from '../fixtures.ts'
import { inPractice, onPage } from '../support/practice.tsx'

const busy = (phase: 'upload' | 'download', done: number, total: number) =>
  statusOf({
    state: phase === 'upload' ? 'uploading' : 'downloading',
    tags: ['busy'],
    progress: { phase, done, total },
  })

/** A native progress bar: without an end until the total is known, and never running back. */
const meta = {
  title: 'Components/SyncProgress',
  component: SyncProgress,
  decorators: [onPage('30rem'), inPractice],
  parameters: { layout: 'fullscreen' },
  args: { status: busy('upload', 34, 120) },
} satisfies Meta<typeof SyncProgress>

export default meta
type Story = StoryObj<typeof meta>

export const Upload: Story = {}
export const UploadOfUnknownSize: Story = { args: { status: busy('upload', 0, 0) } }
export const Download: Story = { args: { status: busy('download', 3_000, 0) } }
export const DownloadOfKnownSize: Story = { args: { status: busy('download', 3_000, 4_000) } }
/** Nothing is shown, and the announcer is in its place. */
export const Idle: Story = { args: { status: statusOf() } }
export const Dark: Story = { globals: { theme: 'dark' } }
