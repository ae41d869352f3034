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

/** Without the marks that set a name apart from the sentence around it. */
const plain = (text: string | null | undefined): string => (text ?? '').replaceAll(/[\u2068\u2069]/g, '')

/** Waits until the focus is on what says `text`. */
export const focusOn = (text: string): Promise<void> =>
  waitFor(() => expect(plain(document.activeElement?.textContent)).toMatch(new RegExp(`^${text}`)))

export const focusRow = (name: string): void => {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-sc-part="row-button"]')]
  rows.find((row) => plain(row.textContent).startsWith(name))?.focus()
}

export const dialogGone = (): Promise<void> =>
  waitFor(() => expect(document.querySelector('[role="dialog"]')).toBeNull())
