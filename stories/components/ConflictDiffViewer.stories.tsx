import type { Meta, StoryObj } from '@storybook/react-vite'
import { expect, fn } from 'storybook/test'
import { ConflictDiffViewer } from '../../src/react/index.ts'
import * as practice from '../fixtures.ts'
import { inPractice, onPage } from '../support/practice.tsx'

const { bellaConflict, nestedAddress } = practice

/** Two versions of a record side by side, with or without a schema, with or without the version both began with. */
const meta = {
  title: 'Components/ConflictDiffViewer',
  component: ConflictDiffViewer,
  decorators: [onPage('60rem'), inPractice],
  parameters: { layout: 'fullscreen' },
  args: { localData: bellaConflict.localData, serverData: bellaConflict.serverData, entityType: 'pet' },
} satisfies Meta<typeof ConflictDiffViewer>

export default meta
type Story = StoryObj<typeof meta>

/** Labels and formats come from the schema. */
export const Fields: Story = {}

/** Each side is marked by what it did to the version both began with. */
export const WithBase: Story = { args: { baseData: bellaConflict.baseData } }

/** A type the schema does not know: keys become words. */
export const WithoutSchema: Story = {
  args: {
    entityType: 'labResult',
    localData: { takenAt: '2026-11-18', sampleType: 'serum', cpliUgL: 412, isFasting: true },
    serverData: { takenAt: '2026-11-18', sampleType: 'plasma', cpliUgL: 380, performedBy: 'VetLab' },
  },
}

/** Read from this device to the server: what only the server has is added, what it lacks is removed. */
export const AddedRemovedChanged: Story = {
  args: {
    entityType: 'client',
    localData: { name: 'Jana Dvořáková', phone: '601 222 333', address: { city: 'Brno' } },
    serverData: { name: 'Jana Dvořák', email: 'jana@example.com', address: { city: 'Brno' } },
  },
}

export const DeepNesting: Story = {
  args: {
    entityType: 'client',
    localData: nestedAddress.localData,
    serverData: nestedAddress.serverData,
    baseData: nestedAddress.baseData,
    defaultExpandedDepth: 3,
  },
}

/** A closed parent counts what is inside; it opens with Enter or Space. */
export const Collapsed: Story = {
  args: {
    entityType: 'client',
    localData: nestedAddress.localData,
    serverData: nestedAddress.serverData,
    defaultExpandedDepth: 0,
  },
  play: async ({ canvas, userEvent }) => {
    const toggle = canvas.getByRole('button', { name: /Address/ })
    await expect(toggle).toHaveAttribute('aria-expanded', 'false')
    toggle.focus()
    await userEvent.keyboard('{Enter}')
    await expect(toggle).toHaveAttribute('aria-expanded', 'true')
    await expect(canvas.getByRole('rowheader', { name: 'Address: City' })).toBeVisible()
    await userEvent.keyboard('{Enter}')
    await expect(canvas.queryByRole('rowheader', { name: 'Address: City' })).toBeNull()
  },
}

export const NoDifferences: Story = {
  args: { localData: bellaConflict.serverData, serverData: bellaConflict.serverData },
}

export const DeletedOnServer: Story = { args: { serverData: null } }

export const SelectCallback: Story = {
  args: { onFieldSelect: fn() },
  play: async ({ args, canvas, userEvent }) => {
    await userEvent.click(canvas.getByRole('button', { name: 'Use Server for Weight (kg)' }))
    await expect(args.onFieldSelect).toHaveBeenCalledOnce()
    await expect(args.onFieldSelect).toHaveBeenCalledWith('weightKg', 'server')
    await expect(
      canvas.getByRole('button', { name: 'Use Server for Weight (kg)', pressed: true }),
    ).toBeVisible()
  },
}

export const InlineNarrow: Story = { parameters: { pageWidth: '24rem' } }

export const CvdPalette: Story = {
  args: AddedRemovedChanged.args ?? {},
  parameters: { palette: 'cvd' },
}

export const Dark: Story = { args: AddedRemovedChanged.args ?? {}, globals: { theme: 'dark' } }
