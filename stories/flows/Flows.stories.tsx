import type { Meta, StoryObj } from '@storybook/react-vite'
import { expect, fn } from 'storybook/test'
import { allBadges, bellaConflict, singleField } from '../fixtures.ts'
import { Inbox } from '../support/Inbox.tsx'
import { dialogGone, focusOn, focusRow, keyboard } from '../support/keyboard.ts'
import { inPractice, onPage } from '../support/practice.tsx'

/** Whole ways through the parts, without a mouse. After every key the focus is on something. */
const meta = {
  title: 'Flows',
  component: Inbox,
  decorators: [onPage('64rem'), inPractice],
  parameters: { layout: 'fullscreen' },
  args: {
    conflicts: [
      bellaConflict,
      { ...singleField, id: 2, localData: { ...singleField.localData, name: 'Rex' } },
    ],
    onDecision: fn(async () => undefined),
  },
} satisfies Meta<typeof Inbox>

export default meta
type Story = StoryObj<typeof meta>

const MOST_KEYS = 5

/** Opens the row that has the focus and goes to the result of Keep Local. */
const openAndKeep = async (keys: ReturnType<typeof keyboard>, name: string) => {
  await keys.press('Enter')
  await focusOn(`${name} .Pet. was changed in two places`)
  await keys.press('Tab', 'Enter')
  await focusOn('Apply')
}

/** Enter, Tab, Enter, Enter. */
export const KeepLocalByKeyboard: Story = {
  play: async ({ args }) => {
    const keys = keyboard()
    focusRow('Bella')
    await openAndKeep(keys, 'Bella')
    await keys.press('Enter')
    await focusOn('Bella is resolved')
    await expect(keys.presses()).toBeLessThanOrEqual(MOST_KEYS)
    await expect(args.onDecision).toHaveBeenCalledOnce()
    await expect(args.onDecision).toHaveBeenCalledWith(1, { type: 'client-wins' })
  },
}

/** Enter, Tab, arrow, Enter, Enter. */
export const UseServerByKeyboard: Story = {
  play: async ({ args }) => {
    const keys = keyboard()
    focusRow('Bella')
    await keys.press('Enter')
    await focusOn('Bella .Pet. was changed in two places')
    await keys.press('Tab', document.documentElement.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight')
    await focusOn('Use Server')
    await keys.press('Enter', 'Enter')
    await focusOn('Bella is resolved')
    await expect(keys.presses()).toBeLessThanOrEqual(MOST_KEYS)
    await expect(args.onDecision).toHaveBeenCalledOnce()
    await expect(args.onDecision).toHaveBeenCalledWith(1, { type: 'server-wins' })
  },
}

/** Esc steps back from the result, then leaves: the conflict is still there, and so is the place in the list. */
export const CloseKeepsConflict: Story = {
  play: async ({ args }) => {
    const keys = keyboard()
    focusRow('Bella')
    await openAndKeep(keys, 'Bella')
    await keys.press('Escape')
    await focusOn('Keep Local')
    await keys.press('Escape')
    await dialogGone()
    await focusOn('Bella')
    await expect(args.onDecision).not.toHaveBeenCalled()
  },
}

/** Row after row: the next one has the focus, and at last the list's heading. */
export const FocusAfterLastRowResolved: Story = {
  play: async ({ args }) => {
    const keys = keyboard()
    focusRow('Bella')
    for (const name of ['Bella', 'Rex']) {
      await openAndKeep(keys, name)
      await keys.press('Enter')
      await focusOn(`${name} is resolved`)
      await keys.press('Escape')
      await dialogGone()
      if (name === 'Bella') await focusOn('Rex')
    }
    await focusOn('Conflicts .0.')
    await expect(args.onDecision).toHaveBeenCalledTimes(2)
  },
}

let attempts = 0

/** The first save fails: the choice is kept, and the same key tries again. */
export const FailedThenRetry: Story = {
  args: {
    onDecision: fn(async () => {
      attempts++
      if (attempts % 2 === 1) throw Object.assign(new Error('disk full'), { code: 'QUOTA_EXCEEDED' })
    }),
  },
  play: async ({ args }) => {
    attempts = 0
    const keys = keyboard()
    focusRow('Bella')
    await openAndKeep(keys, 'Bella')
    await keys.press('Enter')
    await focusOn('Try again')
    await keys.press('Enter')
    await focusOn('Bella is resolved')
    await expect(args.onDecision).toHaveBeenCalledTimes(2)
  },
}

/** Everything that may be decided together, looked at first; deletions and what is on its way stay. */
export const BulkKeepLocal: Story = {
  args: { conflicts: allBadges },
  play: async ({ args }) => {
    const keys = keyboard()
    document.querySelector<HTMLElement>('[data-focus="bulk-local"]')?.focus()
    await keys.press('Enter')
    await focusOn('Apply to 2')
    await expect(args.onDecision).not.toHaveBeenCalled()
    await keys.press('Enter')
    await focusOn('Conflicts .3.')
    await expect(args.onDecision).toHaveBeenCalledTimes(2)
  },
}
