import type { Meta, StoryObj } from '@storybook/react-vite'
import { expect, fn, waitFor } from 'storybook/test'
import { ConflictList } from '../../src/react/index.ts'
import { allBadges, manyConflicts } from '../fixtures.ts'
import { inPractice, onPage } from '../support/practice.tsx'

/** Everything that waits for a person, with decisions about many at once. */
const meta = {
  title: 'Components/ConflictList',
  component: ConflictList,
  decorators: [onPage('64rem'), inPractice],
  parameters: { layout: 'fullscreen' },
  args: { conflicts: manyConflicts(7), onResolveConflict: fn(), onBulkResolve: fn(async () => undefined) },
} satisfies Meta<typeof ConflictList>

export default meta
type Story = StoryObj<typeof meta>

/** One tab stop for all rows: arrows move, Enter opens. */
export const Default: Story = {
  play: async ({ args, canvas, userEvent }) => {
    const [first, second] = canvas.getAllByRole('listitem')
    first?.querySelector('button')?.focus()
    await userEvent.keyboard('{ArrowDown}')
    await expect(second?.querySelector('button')).toHaveFocus()
    await userEvent.keyboard('{End}{Home}{ArrowDown}{Enter}')
    await expect(args.onResolveConflict).toHaveBeenCalledOnce()
    await expect(args.onResolveConflict).toHaveBeenCalledWith(2)
  },
}

export const Loading: Story = { args: { conflicts: undefined } }

export const Empty: Story = { args: { conflicts: [] } }

export const Paginated: Story = {
  args: { conflicts: manyConflicts(120) },
  play: async ({ canvas, userEvent }) => {
    await expect(canvas.getAllByRole('listitem')).toHaveLength(50)
    await userEvent.click(canvas.getByRole('button', { name: 'Next page' }))
    await expect(canvas.getByText('51–100 of 120')).toBeVisible()
    await expect(canvas.getByText('Page 2 of 3')).toBeVisible()
  },
}

export const Filtered: Story = {
  play: async ({ canvas, userEvent }) => {
    await userEvent.selectOptions(canvas.getByRole('combobox', { name: 'Type' }), 'Appointment')
    await expect(canvas.getAllByRole('listitem')).toHaveLength(2)
  },
}

export const EmptyFiltered: Story = { args: { defaultFilter: 'soapNote' } }

export const SortedOldest: Story = {
  args: { defaultSort: 'oldest' },
  play: async ({ canvas }) => {
    await expect(canvas.getAllByRole('listitem')[0]).toHaveTextContent('Žofka')
  },
}

export const AllBadges: Story = { args: { conflicts: allBadges } }

/** What a decision about many would do, before it is made. Deletions are left out. */
export const BulkPreview: Story = {
  args: {
    conflicts: [...manyConflicts(7), ...allBadges.map((conflict) => ({ ...conflict, id: conflict.id + 50 }))],
  },
  play: async ({ args, canvas, userEvent }) => {
    await userEvent.click(canvas.getByRole('button', { name: 'Keep Local…' }))
    await expect(canvas.getByText('Keep Local for 9 records')).toBeVisible()
    await expect(canvas.getByRole('button', { name: 'Apply to 9' })).toHaveFocus()
    await expect(args.onBulkResolve).not.toHaveBeenCalled()
  },
}

export const BulkRunning: Story = {
  args: { onBulkResolve: fn(() => new Promise<void>(() => undefined)) },
  play: async ({ canvas, userEvent }) => {
    await userEvent.click(canvas.getByRole('button', { name: 'Use Server…' }))
    await userEvent.keyboard('{Enter}')
    await expect(canvas.getByRole('button', { name: 'Saving…' })).toHaveFocus()
  },
}

export const BulkFails: Story = {
  args: { onBulkResolve: fn(() => Promise.reject(new Error('no'))) },
  play: async ({ canvas, userEvent }) => {
    await userEvent.click(canvas.getByRole('button', { name: 'Use Server…' }))
    await userEvent.keyboard('{Enter}')
    await waitFor(() => expect(canvas.getByRole('button', { name: 'Try again' })).toHaveFocus())
  },
}

export const NarrowCards: Story = { parameters: { pageWidth: '22rem' } }

export const Dark: Story = { args: { conflicts: allBadges }, globals: { theme: 'dark' } }
