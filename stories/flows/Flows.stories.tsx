import type { Meta, StoryObj } from '@storybook/react-vite'
import { expect, fn, userEvent, waitFor, within } from 'storybook/test'
import { allBadges, bellaConflict, singleField } from '../fixtures.ts'
import { Inbox } from '../support/Inbox.tsx'
import { keyboard } from '../support/keyboard.ts'
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

const body = () => within(document.body)
const row = (name: string) => body().getByRole('button', { name: new RegExp(`^${name} `) })
const heading = (name: string) => body().findByRole('heading', { name })
const gone = () => waitFor(() => expect(body().queryByRole('dialog')).toBeNull())
const MOST_KEYS = 5

/** Enter, Tab, Enter, Enter. */
export const KeepLocalByKeyboard: Story = {
  play: async ({ args }) => {
    const keys = keyboard()
    row('Bella').focus()
    await keys.press('Enter')
    await waitFor(async () => expect(await heading('Bella (Pet) was changed in two places')).toHaveFocus())
    await keys.press('Tab', 'Enter')
    await expect(body().getByRole('button', { name: 'Apply' })).toHaveFocus()
    await keys.press('Enter')
    await waitFor(async () => expect(await heading('Bella is resolved')).toHaveFocus())
    await expect(keys.presses()).toBeLessThanOrEqual(MOST_KEYS)
    await expect(args.onDecision).toHaveBeenCalledOnce()
    await expect(args.onDecision).toHaveBeenCalledWith(1, { type: 'client-wins' })
  },
}

/** Enter, Tab, arrow, Enter, Enter. */
export const UseServerByKeyboard: Story = {
  play: async ({ args }) => {
    const keys = keyboard()
    row('Bella').focus()
    await keys.press('Enter')
    await waitFor(async () => expect(await heading('Bella (Pet) was changed in two places')).toHaveFocus())
    await keys.press('Tab', document.documentElement.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight')
    await expect(body().getByRole('button', { name: 'Use Server' })).toHaveFocus()
    await keys.press('Enter', 'Enter')
    await waitFor(async () => expect(await heading('Bella is resolved')).toHaveFocus())
    await expect(keys.presses()).toBeLessThanOrEqual(MOST_KEYS)
    await expect(args.onDecision).toHaveBeenCalledOnce()
    await expect(args.onDecision).toHaveBeenCalledWith(1, { type: 'server-wins' })
  },
}

/** Esc steps back from the result, then leaves: the conflict is still there, and so is the place in the list. */
export const CloseKeepsConflict: Story = {
  play: async ({ args }) => {
    const keys = keyboard()
    row('Bella').focus()
    await keys.press('Enter', 'Tab', 'Enter')
    await waitFor(() => expect(body().getByRole('button', { name: 'Apply' })).toHaveFocus())
    await keys.press('Escape')
    await expect(body().getByRole('button', { name: 'Keep Local' })).toHaveFocus()
    await keys.press('Escape')
    await gone()
    await waitFor(() => expect(row('Bella')).toHaveFocus())
    await expect(args.onDecision).not.toHaveBeenCalled()
  },
}

/** Row after row: the next one has the focus, and at last the list's heading. */
export const FocusAfterLastRowResolved: Story = {
  play: async ({ args }) => {
    const keys = keyboard()
    row('Bella').focus()
    for (const name of ['Bella', 'Rex']) {
      await keys.press('Enter', 'Tab', 'Enter', 'Enter')
      await waitFor(async () => expect(await heading(`${name} is resolved`)).toHaveFocus())
      await keys.press('Escape')
      await gone()
      if (name === 'Bella') await waitFor(() => expect(row('Rex')).toHaveFocus())
    }
    await waitFor(async () => expect(await heading('Conflicts (0)')).toHaveFocus())
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
    row('Bella').focus()
    await keys.press('Enter', 'Tab', 'Enter', 'Enter')
    await waitFor(() => expect(body().getByRole('button', { name: 'Try again' })).toHaveFocus())
    await keys.press('Enter')
    await waitFor(async () => expect(await heading('Bella is resolved')).toHaveFocus())
    await expect(args.onDecision).toHaveBeenCalledTimes(2)
  },
}

/** Everything that may be decided together, looked at first; deletions and what is on its way stay. */
export const BulkKeepLocal: Story = {
  args: { conflicts: allBadges },
  play: async ({ args }) => {
    const keys = keyboard()
    body().getByRole('button', { name: 'Keep Local…' }).focus()
    await keys.press('Enter')
    await waitFor(() => expect(body().getByRole('button', { name: 'Apply to 2' })).toHaveFocus())
    await expect(args.onDecision).not.toHaveBeenCalled()
    await userEvent.keyboard('{Enter}')
    await waitFor(async () => expect(await heading('Conflicts (3)')).toHaveFocus())
    await expect(args.onDecision).toHaveBeenCalledTimes(2)
  },
}
