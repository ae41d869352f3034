import type { Meta, StoryObj } from '@storybook/react-vite'
import { expect, fn, userEvent, within } from 'storybook/test'
import { ConflictResolutionModal } from '../../src/react/index.ts'
import * as practice from '../fixtures.ts'
import { focusOn } from '../support/keyboard.ts'
import { inPractice } from '../support/practice.tsx'

/** One conflict, from the first look to the saved decision. Closing never decides. */
const meta = {
  title: 'Components/ConflictResolutionModal',
  component: ConflictResolutionModal,
  decorators: [inPractice],
  parameters: { layout: 'fullscreen', docs: { story: { inline: false, iframeHeight: 720 } } },
  args: { conflict: practice.bellaConflict, onResolve: fn(async () => undefined), onDismiss: fn() },
} satisfies Meta<typeof ConflictResolutionModal>

export default meta
type Story = StoryObj<typeof meta>

const dialog = () => within(document.body)

const press = async (name: string) => userEvent.click(await dialog().findByRole('button', { name }))

/** Two people changed the same three fields; one more was changed here alone. */
export const Default: Story = {}

/** The preview after Keep Local: the result, and what it replaces on the server. */
export const KeepLocal: Story = {
  play: async ({ args }) => {
    await press('Keep Local')
    await expect(dialog().getByRole('button', { name: 'Apply' })).toHaveFocus()
    await expect(args.onResolve).not.toHaveBeenCalled()
  },
}

/** The preview after Use Server: also what merged by itself from this device is dropped, and shown. */
export const UseServer: Story = {
  play: async ({ args }) => {
    await press('Use Server')
    await expect(dialog().getByRole('button', { name: 'Apply' })).toHaveFocus()
    await expect(args.onResolve).not.toHaveBeenCalled()
  },
}

export const Resolved: Story = {
  play: async ({ args }) => {
    await press('Keep Local')
    await press('Apply')
    await focusOn('Bella is resolved')
    await expect(args.onResolve).toHaveBeenCalledOnce()
    await expect(args.onResolve).toHaveBeenCalledWith({ type: 'client-wins' })
  },
}

export const SingleField: Story = { args: { conflict: practice.singleField } }

/** Edited here, deleted on the server. */
export const UpdateDelete: Story = { args: { conflict: practice.updateDelete } }

export const UpdateDeleteAccepted: Story = {
  args: { conflict: practice.updateDelete },
  play: () => press('Accept deletion'),
}

/** Deleted here, edited on the server. */
export const DeleteUpdate: Story = { args: { conflict: practice.deleteUpdate } }

export const DeleteUpdateKept: Story = {
  args: { conflict: practice.deleteUpdate },
  play: () => press('Keep the record'),
}

export const LongSoapNote: Story = { args: { conflict: practice.longSoapNote } }

export const NestedAddress: Story = { args: { conflict: practice.nestedAddress } }

/** An empty value is a value: it is shown, and replacing something by it is said. */
export const EmptyVersusValue: Story = {
  args: { conflict: practice.emptyVersusValue },
  play: () => press('Keep Local'),
}

/** Still on its way to the device's storage. */
export const Applying: Story = {
  args: { onResolve: fn(() => new Promise<void>(() => undefined)) },
  play: async () => {
    await press('Keep Local')
    await press('Apply')
    await expect(dialog().getByRole('button', { name: 'Saving…' })).toHaveFocus()
  },
}

export const ApplyFails: Story = {
  args: {
    onResolve: fn(() => Promise.reject(Object.assign(new Error('disk full'), { code: 'QUOTA_EXCEEDED' }))),
  },
  play: async () => {
    await press('Keep Local')
    await press('Apply')
    await dialog().findByText('Not saved. Your choices are kept. This device has no space left.')
    await expect(dialog().getByRole('button', { name: 'Try again' })).toHaveFocus()
  },
}

/** The server did not take the last decision: the conflict is back, and says why. */
export const LastDecisionRefused: Story = {
  args: {
    conflict: { ...practice.bellaConflict, error: { code: 'CONFLICT_MOVED', message: 'the row moved' } },
  },
}

/** Decided here, on its way to the server. */
export const WaitingToSend: Story = { args: { conflict: { ...practice.bellaConflict, status: 'deciding' } } }

export const Narrow320: Story = {
  parameters: {
    viewport: { options: { narrow: { name: '320 px', styles: { width: '320px', height: '640px' } } } },
  },
  globals: { viewport: { value: 'narrow' } },
}

export const RTLArabic: Story = {
  args: { conflict: practice.arabic },
  parameters: { locale: 'ar', direction: 'rtl' },
}

export const RTLArabicPreview: Story = {
  ...RTLArabic,
  play: () => press('الاحتفاظ بالمحلي'),
}

export const Dark: Story = { globals: { theme: 'dark' } }

/** Blue and orange instead of green and red. */
export const ColourVisionPalette: Story = {
  args: { conflict: practice.emptyVersusValue },
  parameters: { palette: 'cvd' },
}
