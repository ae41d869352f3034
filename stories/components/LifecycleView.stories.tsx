import type { Meta, StoryObj } from '@storybook/react-vite'
import { LifecycleView } from '../../src/react/index.ts'
import { inPractice, onPage } from '../support/practice.tsx'

/** The chart as a strip: the six states that matter most stand out, the one it is in is lit. */
const meta = {
  title: 'Components/LifecycleView',
  component: LifecycleView,
  decorators: [onPage('60rem'), inPractice],
  parameters: { layout: 'fullscreen' },
  args: { state: 'uploading' },
} satisfies Meta<typeof LifecycleView>

export default meta
type Story = StoryObj<typeof meta>

export const Wide: Story = {}
export const WithTrail: Story = {
  args: { state: 'conflict', trail: ['pausedOffline', 'batching', 'uploading', 'downloading', 'conflict'] },
}
export const Narrow: Story = { parameters: { pageWidth: '24rem' }, args: { state: 'pausedOffline' } }
export const Dark: Story = { globals: { theme: 'dark' } }
