import { expect, test, vi } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { render } from 'vitest-browser-react'
import type { Conflict } from '../../src/engine/types.ts'
import { ConflictList } from '../../src/react/index.ts'
import { petConflict } from '../support/fake-engine.ts'
import '../../src/react/styles.css'

const some = (count: number, from = 1): Conflict[] =>
  Array.from({ length: count }, (_, index) =>
    petConflict({
      id: from + index,
      detectedAt: 100_000 - index,
      localData: { name: `Pet ${from + index}`, weightKg: 1, clientId: 4 },
    }),
  )

const row = (name: string) => page.getByRole('button', { name: new RegExp(`^${name} `) })
const button = (name: string) => page.getByRole('button', { name })
const none = async () => undefined

test('UI30 all rows are one tab stop: arrows, Home, End and the page keys move, Enter opens', async () => {
  const open = vi.fn()
  await render(<ConflictList conflicts={some(30)} onResolveConflict={open} onBulkResolve={none} />)
  ;(button('Use Server…').element() as HTMLElement).focus()
  await userEvent.keyboard('{Tab}')
  await expect.element(row('Pet 1')).toHaveFocus()
  await userEvent.keyboard('{ArrowDown}{ArrowDown}{ArrowUp}')
  await expect.element(row('Pet 2')).toHaveFocus()
  await userEvent.keyboard('{PageDown}')
  await expect.element(row('Pet 12')).toHaveFocus()
  await userEvent.keyboard('{End}')
  await expect.element(row('Pet 30')).toHaveFocus()
  await userEvent.keyboard('{ArrowDown}{Home}')
  await expect.element(row('Pet 1')).toHaveFocus()
  await userEvent.keyboard('{Enter}')
  expect(open.mock.calls).toEqual([[1]])
  const stops = [...document.querySelectorAll('li button')].filter(
    (element) => (element as HTMLElement).tabIndex === 0,
  )
  expect(stops).toHaveLength(1)
})

test('UI30 Shift+Tab and Tab leave and come back to the row that was active', async () => {
  await render(<ConflictList conflicts={some(5)} onResolveConflict={vi.fn()} onBulkResolve={none} />)
  await row('Pet 1').click()
  await userEvent.keyboard('{ArrowDown}{ArrowDown}{Shift>}{Tab}{/Shift}')
  await expect.element(button('Use Server…')).toHaveFocus()
  await userEvent.keyboard('{Tab}')
  await expect.element(row('Pet 3')).toHaveFocus()
})

test('UI31 fifty on a page, and the buttons stay where they are at the ends', async () => {
  await render(<ConflictList conflicts={some(60)} onResolveConflict={vi.fn()} onBulkResolve={none} />)
  expect(page.getByRole('listitem').elements()).toHaveLength(50)
  await button('Next page').click()
  expect(page.getByRole('listitem').elements()).toHaveLength(10)
  await expect.element(button('Next page')).toHaveAttribute('aria-disabled', 'true')
  await expect.element(button('Next page')).toHaveFocus()
  await expect.element(page.getByText('51–60 of 60')).toBeVisible()
})

test('UI33 when the focused row goes, its successor has the focus, then the one before, then the heading', async () => {
  const list = (conflicts: Conflict[]) => (
    <ConflictList conflicts={conflicts} onResolveConflict={vi.fn()} onBulkResolve={none} />
  )
  const [first, second, third] = some(3) as [Conflict, Conflict, Conflict]
  const screen = await render(list([first, second, third]))
  ;(row('Pet 2').element() as HTMLElement).focus()
  await screen.rerender(list([first, third]))
  await expect.element(row('Pet 3')).toHaveFocus()
  await screen.rerender(list([first]))
  await expect.element(row('Pet 1')).toHaveFocus()
  await screen.rerender(list([]))
  await expect.element(page.getByRole('heading', { name: 'Conflicts (0)' })).toHaveFocus()
})

test('UI33 a list that changes while somebody is elsewhere leaves them there', async () => {
  const list = (conflicts: Conflict[]) => (
    <>
      <input aria-label="elsewhere" />
      <ConflictList conflicts={conflicts} onResolveConflict={vi.fn()} onBulkResolve={none} />
    </>
  )
  const screen = await render(list(some(3)))
  await row('Pet 1').click()
  await page.getByRole('textbox').click()
  await screen.rerender(list(some(1, 9)))
  await expect.element(page.getByRole('textbox')).toHaveFocus()
  ;(document.activeElement as HTMLElement).blur()
  await screen.rerender(list(some(1, 20)))
  expect(document.activeElement).toBe(document.body)
})

test('UI32 a decision about many is looked at first, and names what it is about', async () => {
  const resolve = vi.fn(none)
  const conflicts = [
    ...some(3),
    petConflict({ id: 9, kind: 'update-delete', serverData: null, detectedAt: 1 }),
  ]
  await render(<ConflictList conflicts={conflicts} onResolveConflict={vi.fn()} onBulkResolve={resolve} />)
  await button('Keep Local…').click()
  await expect.element(page.getByText('Keep Local for 3 records')).toBeVisible()
  await expect.element(page.getByText('1 deletion is left out: decide it by itself.')).toBeVisible()
  await expect.element(button('Apply to 3')).toHaveFocus()
  expect(resolve).not.toHaveBeenCalled()
  await userEvent.keyboard('{Escape}')
  await expect.element(button('Keep Local…')).toHaveFocus()
  await button('Use Server…').click()
  await userEvent.keyboard('{Enter}')
  await expect.element(page.getByText('3 resolved.')).toBeInTheDocument()
  expect(resolve.mock.calls).toEqual([[{ type: 'server-wins' }, [1, 2, 3]]])
})

test('UI32 the page, or all that are listed: the person says which', async () => {
  const resolve = vi.fn(none)
  await render(<ConflictList conflicts={some(60)} onResolveConflict={vi.fn()} onBulkResolve={resolve} />)
  await button('Keep Local…').click()
  await expect.element(page.getByText('Keep Local for 50 records')).toBeVisible()
  await button('Back').click()
  await userEvent.selectOptions(page.getByRole('combobox', { name: 'Apply to' }), 'All listed (60)')
  await button('Keep Local…').click()
  await button('Apply to 60').click()
  expect(resolve.mock.calls).toMatchObject([[{ type: 'client-wins' }, { length: 60 }]])
})

test('UI32 a decision about many that fails can be tried again', async () => {
  const resolve = vi.fn().mockRejectedValueOnce(new Error('no')).mockResolvedValue(undefined)
  await render(<ConflictList conflicts={some(2)} onResolveConflict={vi.fn()} onBulkResolve={resolve} />)
  await button('Keep Local…').click()
  await userEvent.keyboard('{Enter}')
  await expect.element(button('Try again')).toHaveFocus()
  await userEvent.keyboard('{Enter}')
  await expect.element(page.getByText('2 resolved.')).toBeInTheDocument()
})

test('UI32 what went well before a failure is not decided again', async () => {
  const resolve = vi.fn().mockRejectedValueOnce(new Error('no')).mockResolvedValue(undefined)
  const list = (conflicts: Conflict[]) => (
    <ConflictList conflicts={conflicts} onResolveConflict={vi.fn()} onBulkResolve={resolve} />
  )
  const screen = await render(list(some(3)))
  await button('Keep Local…').click()
  await userEvent.keyboard('{Enter}')
  await expect.element(button('Try again')).toHaveFocus()
  await screen.rerender(list(some(2, 2)))
  await button('Try again').click()
  await expect.poll(() => resolve.mock.calls.length).toBe(2)
  expect(resolve.mock.calls[1]?.[1]).toEqual([2, 3])
})

test('UI66 one step through the list renders two rows', async () => {
  const renders: string[] = []
  const counting = {
    list: {
      fields: (n: number) => {
        renders.push('row')
        return `${n} fields`
      },
    },
  }
  await render(
    <ConflictList
      messages={counting}
      conflicts={some(20)}
      onResolveConflict={() => undefined}
      onBulkResolve={none}
    />,
  )
  ;(row('Pet 1').element() as HTMLElement).focus()
  renders.length = 0
  await userEvent.keyboard('{ArrowDown}')
  await expect.element(row('Pet 2')).toHaveFocus()
  expect(renders).toHaveLength(2)
})

test('UI35 what is not read yet is not called empty', async () => {
  const list = (conflicts: Conflict[] | undefined) => (
    <ConflictList conflicts={conflicts} onResolveConflict={vi.fn()} onBulkResolve={none} />
  )
  const screen = await render(list(undefined))
  await expect.element(page.getByText('Looking for conflicts…')).toBeVisible()
  await screen.rerender(list([]))
  await expect.element(page.getByText('No conflicts. Everything matches the server.')).toBeVisible()
})

test('UI31 a filter without a match offers the way out', async () => {
  await render(
    <ConflictList
      conflicts={some(2)}
      defaultFilter="client"
      onResolveConflict={vi.fn()}
      onBulkResolve={none}
    />,
  )
  await button('Clear filters').click()
  expect(page.getByRole('listitem').elements()).toHaveLength(2)
  await expect.element(page.getByRole('heading', { name: 'Conflicts (2)' })).toHaveFocus()
})

test('UI64 classNames reach their parts, id and ref the root', async () => {
  const ref = { current: null as HTMLElement | null }
  await render(
    <ConflictList
      ref={ref}
      id="conflicts"
      classNames={{ row: 'host-row', badge: 'host-badge' }}
      conflicts={some(1)}
      onResolveConflict={vi.fn()}
      onBulkResolve={none}
    />,
  )
  expect(ref.current?.id).toBe('conflicts')
  expect(ref.current?.dataset).toMatchObject({ scPart: 'list-root', state: 'ready' })
  expect(document.querySelector('.host-row .host-badge')).not.toBeNull()
})
