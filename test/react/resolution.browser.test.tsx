import { StrictMode, useState } from 'react'
import { expect, test, vi } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { render } from 'vitest-browser-react'
import type { Conflict, ConflictStrategy } from '../../src/engine/types.ts'
import { ConflictList, ConflictResolutionModal, ConflictResolver } from '../../src/react/index.ts'
import { petConflict } from '../support/fake-engine.ts'
import '../../src/react/styles.css'

const button = (name: string | RegExp) => page.getByRole('button', { name })
const hasFocus = (name: string | RegExp) => expect.element(button(name)).toHaveFocus()

const setup = async (
  overrides: Partial<Conflict> = {},
  onResolve: (strategy: ConflictStrategy) => Promise<void> = async () => undefined,
) => {
  const resolve = vi.fn(onResolve)
  const dismiss = vi.fn()
  const panel = (conflict: Conflict) => (
    <StrictMode>
      <ConflictResolutionModal conflict={conflict} onResolve={resolve} onDismiss={dismiss} />
    </StrictMode>
  )
  const screen = await render(panel(petConflict(overrides)))
  return { screen, panel, resolve, dismiss }
}

test('UI16 opening puts the focus on the title, and the way to a decision is one Tab', async () => {
  await setup()
  const heading = page.getByRole('heading', { name: 'Bella (Pet) was changed in two places' })
  await expect.element(heading).toHaveFocus()
  await expect
    .element(page.getByRole('dialog'))
    .toHaveAccessibleDescription('1 field needs your choice. Nothing changes until you apply.')
  await userEvent.keyboard('{Tab}')
  await hasFocus('Keep Local')
})

test('UI15 each quick action says what follows from it, beside its name', async () => {
  await setup()
  await expect
    .element(button('Keep Local'))
    .toHaveAccessibleDescription('Replaces 1 change by Dr. Novák on the server.')
  await expect
    .element(button('Use Server'))
    .toHaveAccessibleDescription('Drops your 1 change from this device.')
})

test('UI10 a quick action shows the result, with the focus on Apply; nothing is decided yet', async () => {
  const { resolve } = await setup()
  await button('Keep Local').click()
  await hasFocus('Apply')
  await expect.element(page.getByRole('columnheader', { name: 'Result' })).toBeVisible()
  await expect.element(page.getByText('Replaces 23.8 (Dr. Novák', { exact: false })).toBeVisible()
  expect(resolve).not.toHaveBeenCalled()
})

test('UI10 Back returns to the button it came from', async () => {
  await setup()
  await button('Use Server').click()
  await button('Back').click()
  await hasFocus('Use Server')
})

test.each([
  ['Keep Local', 'client-wins'],
  ['Use Server', 'server-wins'],
] as const)('UI12 %s applies %s, and the heading says that it is done', async (name, type) => {
  const { resolve, dismiss } = await setup()
  await button(name).click()
  await userEvent.keyboard('{Enter}')
  await expect.element(page.getByRole('heading', { name: 'Bella is resolved' })).toHaveFocus()
  expect(resolve.mock.calls).toEqual([[{ type }]])
  expect(dismiss).not.toHaveBeenCalled()
  await button('Close').first().click()
  expect(dismiss).toHaveBeenCalledOnce()
})

test('UI12 pressing Apply again and again sends one decision', async () => {
  let finish = () => undefined as undefined
  const { resolve } = await setup(
    {},
    () =>
      new Promise<void>((done) => {
        finish = () => void done()
      }),
  )
  await button('Keep Local').click()
  const apply = button('Apply').element() as HTMLButtonElement
  apply.click()
  apply.click()
  await hasFocus('Saving…')
  apply.click()
  expect(resolve).toHaveBeenCalledOnce()
  finish()
  await expect.element(page.getByRole('heading', { name: 'Bella is resolved' })).toHaveFocus()
})

test('UI13 a failed save keeps the choice, says why, and can be tried again', async () => {
  const failure = Object.assign(new Error('QuotaExceededError at 0x1'), { code: 'QUOTA_EXCEEDED' })
  const { resolve } = await setup({}, vi.fn().mockRejectedValueOnce(failure).mockResolvedValue(undefined))
  await button('Keep Local').click()
  await button('Apply').click()
  await hasFocus('Try again')
  await expect
    .element(page.getByText('Not saved. Your choices are kept. This device has no space left.'))
    .toBeVisible()
  await userEvent.keyboard('{Enter}')
  await expect.element(page.getByRole('heading', { name: 'Bella is resolved' })).toHaveFocus()
  expect(resolve).toHaveBeenCalledTimes(2)
})

test('UI14 a record that changes while its result is looked at asks again, and keeps the focus in the dialog', async () => {
  const { screen, panel, resolve } = await setup()
  await button('Keep Local').click()
  await hasFocus('Apply')
  await screen.rerender(panel(petConflict({ serverData: { name: 'Bella', weightKg: 23.2, clientId: 4 } })))
  await expect.element(page.getByText(/^Changed again .*Please choose again\.$/)).toBeVisible()
  await expect.element(page.getByRole('cell', { name: /23\.2/ })).toBeVisible()
  expect(page.getByRole('dialog').element().contains(document.activeElement)).toBe(true)
  expect(resolve).not.toHaveBeenCalled()
})

test('UI11 Esc goes back from the result first, then leaves; leaving decides nothing', async () => {
  const { resolve, dismiss } = await setup()
  await button('Keep Local').click()
  await hasFocus('Apply')
  await userEvent.keyboard('{Escape}')
  await hasFocus('Keep Local')
  expect(dismiss).not.toHaveBeenCalled()
  await userEvent.keyboard('{Escape}')
  await expect.poll(() => dismiss.mock.calls.length).toBe(1)
  expect(resolve).not.toHaveBeenCalled()
})

test.each(['Decide later', 'Close'])('UI11 %s leaves without deciding', async (name) => {
  const { resolve, dismiss } = await setup()
  await button(name).click()
  await expect.poll(() => dismiss.mock.calls.length).toBe(1)
  expect(resolve).not.toHaveBeenCalled()
})

test('UI11 pressing beside the dialog leaves it only while nothing is chosen', async () => {
  const { dismiss } = await setup()
  const outside = () =>
    userEvent.click(document.querySelector('[data-sc-part="viewport"]') as Element, {
      position: { x: 4, y: 4 },
    })
  await button('Keep Local').click()
  await hasFocus('Apply')
  await outside()
  expect(dismiss).not.toHaveBeenCalled()
  await userEvent.keyboard('{Escape}')
  await hasFocus('Keep Local')
  await outside()
  await expect.poll(() => dismiss.mock.calls.length).toBe(1)
})

test('UI12 a decision on its way is shown as one, without buttons to decide anew', async () => {
  await setup({ status: 'deciding' })
  await expect.element(page.getByRole('heading', { name: 'Bella is resolved' })).toBeVisible()
  expect(page.getByRole('button', { name: 'Keep Local' }).elements()).toEqual([])
})

test('UI13 a decision that the server refuses brings the conflict back, and says why', async () => {
  const { screen, panel } = await setup()
  await button('Keep Local').click()
  await button('Apply').click()
  await expect.element(page.getByRole('heading', { name: 'Bella is resolved' })).toHaveFocus()
  await screen.rerender(panel(petConflict({ status: 'deciding' })))
  await screen.rerender(panel(petConflict({ error: { code: 'VALIDATION', message: 'weightKg: 1..120' } })))
  await expect
    .element(page.getByText('Your last decision was not accepted. The server wants another value.'))
    .toBeVisible()
  await expect.element(button('Keep Local')).toBeVisible()
})

test('UI12 another conflict in the same dialog starts from the choice', async () => {
  const { screen, panel } = await setup()
  await button('Keep Local').click()
  await hasFocus('Apply')
  await screen.rerender(panel(petConflict({ id: 2, localData: { name: 'Rex', weightKg: 1, clientId: 4 } })))
  await expect
    .element(page.getByRole('heading', { name: 'Rex (Pet) was changed in two places' }))
    .toBeVisible()
  await expect.element(button('Keep Local')).toBeVisible()
})

test('UI15 arrows move between the quick actions, mirrored where writing runs from the right', async () => {
  const screen = await render(<ConflictResolver conflict={petConflict()} onResolve={async () => undefined} />)
  await button('Keep Local').click()
  await button('Back').click()
  await userEvent.keyboard('{ArrowRight}')
  await hasFocus('Use Server')
  await userEvent.keyboard('{Home}')
  await hasFocus('Keep Local')
  screen.container.dir = 'rtl'
  await userEvent.keyboard('{ArrowLeft}')
  await hasFocus('Use Server')
})

test('UI11 the panel alone shows no button to leave where nobody hears it', async () => {
  await render(<ConflictResolver conflict={petConflict()} onResolve={async () => undefined} />)
  await expect.element(button('Keep Local')).toBeVisible()
  expect(button('Decide later').elements()).toEqual([])
})

const conflicts = [1, 2, 3].map((id) =>
  petConflict({ id, detectedAt: 10_000 - id, localData: { name: `Pet ${id}`, weightKg: 1, clientId: 4 } }),
)

/** As a host does it: the dialog stands while a conflict is opened, and a resolved one leaves the list. */
const Host = () => {
  const [open, setOpen] = useState(conflicts)
  const [shown, setShown] = useState<number | null>(null)
  const conflict = open.find(({ id }) => id === shown)
  return (
    <>
      <ConflictList conflicts={open} onResolveConflict={setShown} onBulkResolve={async () => undefined} />
      {conflict !== undefined && (
        <ConflictResolutionModal
          conflict={conflict}
          onResolve={async () => setOpen(open.filter(({ id }) => id !== conflict.id))}
          onDismiss={() => setShown(null)}
        />
      )}
    </>
  )
}

const row = (name: string) => button(new RegExp(`^${name} `))

test('UI16 closing returns the focus to the row it was opened from', async () => {
  await render(<Host />)
  await row('Pet 2').click()
  await expect.element(page.getByRole('dialog')).toBeVisible()
  await userEvent.keyboard('{Escape}')
  await expect.element(row('Pet 2')).toHaveFocus()
})

test('UI16 where that row is gone, its successor has the focus, and at last the heading', async () => {
  await render(<Host />)
  const decide = async () => {
    await userEvent.keyboard('{Enter}')
    await expect.element(page.getByRole('dialog')).toBeVisible()
    await userEvent.keyboard('{Tab}{Enter}')
    await hasFocus('Apply')
    await userEvent.keyboard('{Enter}')
    await expect.poll(() => document.querySelector('[role="dialog"]')).toBeNull()
  }
  ;(row('Pet 2').element() as HTMLElement).focus()
  await decide()
  await expect.element(row('Pet 3')).toHaveFocus()
  await decide()
  await expect.element(row('Pet 1')).toHaveFocus()
  await decide()
  await expect.element(page.getByRole('heading', { name: 'Conflicts (0)' })).toHaveFocus()
})
