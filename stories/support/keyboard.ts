import { expect, userEvent, waitFor } from 'storybook/test'

/** Presses keys as a person does, counts them, and fails at the first that leaves the focus on nothing. */
export const keyboard = () => {
  let presses = 0
  return {
    presses: () => presses,
    async press(...keys: string[]) {
      for (const key of keys) {
        presses++
        await userEvent.keyboard(`{${key}}`)
        // A dialog takes a frame to come or go, and hands the focus over then.
        await waitFor(() => expect(document.activeElement).not.toBe(document.body))
      }
    },
  }
}
