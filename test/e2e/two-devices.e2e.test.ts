import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApi } from './support/api.ts'
import { launchBrowser, openPage } from './support/browser.ts'
import { comparable, comparableRows, deviceOn, findings } from './support/device.ts'
import type { WireProxy } from './support/proxy.ts'
import { startProxy } from './support/proxy.ts'
import type { DemoServer } from './support/server.ts'
import { startDemoServer } from './support/server.ts'
import type { Watch } from './support/watch.ts'
import { watchRecords } from './support/watch.ts'

let server: DemoServer
let browser: Browser
let proxy: WireProxy

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startDemoServer(), launchBrowser()])
  proxy = await startProxy(server.port)
})

afterAll(async () => {
  await browser?.close()
  await proxy?.close()
  await server?.close()
})

/** As a person does it: open the form, fill it in, save. It closes when the change is on disk. */
const fillIn = async (page: Page, opener: string, form: string, values: Record<string, string>) => {
  await page.getByRole('button', { name: opener, exact: true }).click()
  const open = page.getByRole('form', { name: form })
  for (const [label, value] of Object.entries(values)) await open.getByLabel(label).fill(value)
  await open.getByRole('button', { name: 'Save on this device' }).click()
  await open.waitFor({ state: 'detached' })
}

const recordOf = (page: Page, title: string) => page.locator(`[data-record][data-title="${title}"]`)

const field = async (page: Page, title: string, name: string): Promise<string> =>
  (await recordOf(page, title).locator(`[data-field="${name}"] dd`).first().textContent()) ?? ''

test('E2E2 two devices by hand: offline work, a reload in the middle of an upload, a disagreement decided', async () => {
  const tenant = 'by-hand'
  const watches: Watch[] = []
  const prepare = async (context: Parameters<typeof watchRecords>[0]) => {
    watches.push(await watchRecords(context))
  }
  const frontPage = await openPage(browser, { url: proxy.url, tenant, device: 'front-desk', prepare })
  const roomPage = await openPage(browser, { url: proxy.url, tenant, device: 'treatment-room', prepare })
  const [desk, room] = [frontPage.page, roomPage.page]
  const front = deviceOn(desk, 'front-desk')
  const treatment = deviceOn(room, 'treatment-room')

  await fillIn(desk, 'Client', 'Add client', { 'Name (required)': 'Jana Dvořáková', Phone: '100' })
  await desk.locator('[data-title="Jana Dvořáková"][data-status="synced"]').waitFor()
  await recordOf(room, 'Jana Dvořáková').waitFor()

  await roomPage.context.setOffline(true)
  await treatment.untilState('pausedOffline')
  await room.locator('[data-sc-part="status-text"]', { hasText: 'Offline. You can keep working' }).waitFor()
  await fillIn(room, 'Client', 'Add client', { 'Name (required)': 'Tomáš Král' })
  await fillIn(room, 'Pet for Tomáš Král', 'Add pet for Tomáš Král', {
    'Name (required)': 'Bella',
    'Weight (kg)': '4,2',
  })
  await fillIn(room, 'Appointment for Bella', 'Add appointment for Bella', { Reason: 'Vomiting' })
  await fillIn(room, 'SOAP note for Vomiting', 'Add SOAP note for Vomiting', {
    Subjective: 'Not eating',
    Plan: 'Rest',
  })
  await fillIn(room, 'Edit pet Bella', 'Edit Bella', { 'Weight (kg)': '4.1' })
  await fillIn(room, 'Edit client Jana Dvořáková', 'Edit Jana Dvořáková', { Phone: '300' })
  await room
    .locator('[data-sc-part="status-text"]', { hasText: 'Offline. 5 changes saved on this device' })
    .waitFor()
  for (const title of ['Tomáš Král', 'Bella', 'Vomiting', 'Not eating'])
    expect(await recordOf(room, title).getAttribute('data-id'), title).toMatch(/^temp_/)
  expect(
    await recordOf(room, 'Bella').locator('[data-reference="clientId"]').first().getAttribute('title'),
  ).toContain('temp_')

  await fillIn(desk, 'Edit client Jana Dvořáková', 'Edit Jana Dvořáková', { Phone: '200' })
  await front.untilRest()

  // The server has everything, the page has heard nothing, and is gone.
  const held = proxy.holdNextUpload()
  await roomPage.context.setOffline(false)
  const upload = await held.answered
  expect(upload.operations).toHaveLength(5)
  await room.reload()
  held.drop()
  await recordOf(room, 'Not eating').waitFor()
  await treatment.untilState('conflict')
  expect(upload.delivered, 'the first answer never arrived').toBe(false)

  const own = ['Tomáš Král', 'Bella', 'Vomiting', 'Not eating']
  for (const title of own) {
    expect(await recordOf(room, title).getAttribute('data-id'), title).toMatch(/^\d+$/)
    await recordOf(desk, title).waitFor()
  }
  const references = await room
    .locator('[data-reference]')
    .evaluateAll((tags) => tags.map((tag) => tag.getAttribute('title')))
  expect(references).toHaveLength(3)
  for (const reference of references) expect(reference).toMatch(/: \d+$/)

  expect(await field(room, 'Jana Dvořáková', 'phone')).toBe('300')
  expect(await field(desk, 'Jana Dvořáková', 'phone')).toBe('200')
  await room.getByRole('button', { name: /^Jana Dvořáková.*1 field/ }).click()
  const dialog = room.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Keep Local' }).click()
  await dialog.getByRole('button', { name: 'Apply' }).click()
  await dialog.getByRole('heading', { name: 'Jana Dvořáková is resolved' }).waitFor()
  await room.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })

  await treatment.untilRest()
  await expect.poll(async () => await field(desk, 'Jana Dvořáková', 'phone'), { timeout: 15_000 }).toBe('300')
  await front.untilRest()
  const rows = await createApi(server.url).rows(tenant)
  expect(rows).toHaveLength(5)
  expect(findings(rows, [])).toEqual([])
  expect(comparable(await front.records())).toEqual(comparableRows(rows))
  expect(comparable(await treatment.records())).toEqual(comparableRows(rows))
  for (const watch of watches) {
    expect(watch.looks()).toBeGreaterThan(10)
    expect(watch.twice).toEqual([])
  }
  expect([...frontPage.complaints, ...roomPage.complaints]).toEqual([])
  await Promise.all([frontPage.context.close(), roomPage.context.close()])
})

test('E2E8 a form keeps its text, its focus and its place while its record gets its server id', async () => {
  const { page, context } = await openPage(browser, {
    url: proxy.url,
    tenant: 'typing',
    device: 'treatment-room',
  })
  const device = deviceOn(page, 'treatment-room')
  await device.untilRest()
  await device.turnNetwork(false)
  await device.untilState('pausedOffline')
  const client = await device.create('client', { name: 'Ada' })
  const pet = await device.create('pet', { name: 'Bo' }, { field: 'clientId', record: client })
  await device.create('appointment', { reason: 'Check' }, { field: 'petId', record: pet })

  await page.getByRole('button', { name: 'SOAP note for Check', exact: true }).click()
  const form = page.getByRole('form', { name: 'Add SOAP note for Check' })
  const subjective = form.getByLabel('Subjective')
  await subjective.fill('Half a sen')
  const before = await subjective.elementHandle()
  expect(await recordOf(page, 'Check').getAttribute('data-id')).toMatch(/^temp_/)

  const held = proxy.holdNextUpload()
  await device.turnNetwork(true)
  await held.answered
  await subjective.pressSequentially('tence', { delay: 20 })
  held.release()
  await subjective.pressSequentially(' and its end', { delay: 20 })
  await expect.poll(async () => await recordOf(page, 'Check').getAttribute('data-id')).toMatch(/^\d+$/)
  await subjective.pressSequentially('.')

  expect(await subjective.inputValue()).toBe('Half a sentence and its end.')
  expect(await subjective.evaluate((element) => element === document.activeElement)).toBe(true)
  expect(await before?.evaluate((element) => element.isConnected), 'the same element as before').toBe(true)
  await form.getByRole('button', { name: 'Save on this device' }).click()
  await form.waitFor({ state: 'detached' })
  await device.untilRest()
  const rows = await createApi(server.url).rows('typing')
  expect(findings(rows, device.writes)).toEqual([])
  const visit = rows.find(({ entityType }) => entityType === 'appointment')
  const note = rows.find(({ entityType }) => entityType === 'soapNote')
  expect(note?.data, 'the form was opened under the temporary id').toMatchObject({ appointmentId: visit?.id })
  await context.close()
})
