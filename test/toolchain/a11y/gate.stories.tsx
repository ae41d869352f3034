import type { Meta, StoryObj } from '@storybook/react-vite'
import { expect } from 'storybook/test'

const meta = { title: 'Toolchain/Gate' } satisfies Meta
export default meta

export const Readable: StoryObj = {
  render: () => <p>readable in both themes</p>,
  play: async ({ canvasElement }) => {
    await expect(document.documentElement.dataset.scTheme).toBe('dark')
    await expect(document.documentElement.dir).toBe('rtl')
    await expect(canvasElement.querySelectorAll('[data-sc-theme="dark"][dir="rtl"] p')).toHaveLength(1)
  },
}

/** Fine on white, so it fails only where the dark theme reaches the page. */
export const TooFaint: StoryObj = {
  render: () => <p style={{ color: '#333' }}>too faint on a dark page</p>,
}
