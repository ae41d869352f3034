import { expect, test, vi } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { render } from 'vitest-browser-react'
import { ConflictDiffViewer } from '../../src/react/index.ts'
import '../../src/react/styles.css'

const local = { name: 'Jana', phone: '601', address: { street: 'Lipová 12', city: 'Brno' } }
const server = { name: 'Jana D.', email: 'j@example.com', address: { street: 'Dlouhá 3', city: 'Brno' } }
const cellOf = (field: string, side: 'local' | 'server') => {
  const row = page
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name: field }) })
    .element()
  return row.querySelector(`[data-side="${side}"]`) as HTMLElement
}
const lineOf = (cell: HTMLElement) => {
  const style = getComputedStyle(cell.querySelector('[data-sc-part="value"]') as Element)
  return `${style.textDecorationLine} ${style.textDecorationStyle}`
}

test('UI20 every mark is a sign, a word, a colour and a line', async () => {
  await render(<ConflictDiffViewer localData={local} serverData={server} entityType="client" />)
  const seen = [cellOf('Name', 'server'), cellOf('Phone', 'local'), cellOf('Email', 'server')].map(
    (cell) => ({
      text: cell.querySelector('[data-sc-part="mark"]')?.textContent,
      line: lineOf(cell),
    }),
  )
  expect(seen).toEqual([
    { text: '~changed: ', line: 'underline dotted' },
    { text: '−removed: ', line: 'line-through solid' },
    { text: '+added: ', line: 'underline solid' },
  ])
  const colours = new Set(
    [cellOf('Name', 'server'), cellOf('Phone', 'local'), cellOf('Email', 'server')].map(
      (cell) =>
        getComputedStyle(cell.querySelector('[data-sc-part="option-value"]') as Element).backgroundColor,
    ),
  )
  expect(colours.size).toBe(3)
})

test('UI21 a nested object opens and closes by keyboard and counts its changes while closed', async () => {
  await render(
    <ConflictDiffViewer localData={local} serverData={server} entityType="client" defaultExpandedDepth={0} />,
  )
  const toggle = page.getByRole('button', { name: 'Address 1 changed' })
  await expect.element(toggle).toHaveAttribute('aria-expanded', 'false')
  ;(toggle.element() as HTMLElement).focus()
  await userEvent.keyboard('{Enter}')
  await expect.element(page.getByRole('rowheader', { name: 'Address: Street' })).toBeVisible()
  await userEvent.keyboard(' ')
  expect(page.getByRole('rowheader', { name: 'Address: Street' }).elements()).toEqual([])
  await expect.element(toggle).toHaveFocus()
})

test('UI23 picking a value calls with its path and side, and shows what was picked', async () => {
  const select = vi.fn()
  await render(
    <ConflictDiffViewer localData={local} serverData={server} entityType="client" onFieldSelect={select} />,
  )
  await page.getByRole('button', { name: 'Use This device for Street' }).click()
  expect(select.mock.calls).toEqual([['address.street', 'local']])
  await expect
    .element(page.getByRole('button', { name: 'Use This device for Street' }))
    .toHaveAttribute('aria-pressed', 'true')
})

test('UI23 without a listener there is nothing to pick', async () => {
  await render(<ConflictDiffViewer localData={local} serverData={server} entityType="client" />)
  expect(page.getByRole('button', { name: /^Use/ }).elements()).toEqual([])
})

test('UI20 equal records have no differences, and their fields are one step away', async () => {
  await render(<ConflictDiffViewer localData={local} serverData={local} entityType="client" />)
  await expect.element(page.getByText('No differences')).toBeVisible()
  await page.getByText('3 unchanged fields').click()
  await expect.element(page.getByRole('rowheader', { name: 'Phone' })).toBeVisible()
})

test('UI65 at 320 px nothing has to be scrolled sideways', async () => {
  await page.viewport(320, 640)
  await render(
    <ConflictDiffViewer
      localData={{ ...local, email: 'a-very-long-address-without-any-place-to-break@example.com' }}
      serverData={server}
      entityType="client"
    />,
  )
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(320)
})
