import type { Browser, Frame } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Transition } from '../../demo/device/device.ts'
import { createApi } from './support/api.ts'
import { axeFindings } from './support/axe.ts'
import { launchBrowser, openPage } from './support/browser.ts'
import { comparable, comparableRows, deviceOn, findings } from './support/device.ts'
import type { DemoServer } from './support/server.ts'
import { startDemoServer } from './support/server.ts'
import { watchRecords } from './support/watch.ts'

let server: DemoServer
let browser: Browser

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startDemoServer(), launchBrowser()])
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
})

/** `uploading.sending` is a step within the state that the lifecycle's picture shows. */
const top = (path: string): string => path.split('.')[0] ?? ''

/** What makes each of the six named states the present one. */
const entries: Record<string, RegExp> = {
  idle: /^xstate\.done\.actor\.applyPage$/,
  batching: /^(outbox\.changed|net\.restored)$/,
  uploading: /^(xstate\.after\.(batchWindow|retryDelay)\.|sync\.requested$)/,
  conflict: /^xstate\.done\.actor\.applyPage$/,
  retry: /^xstate\.error\.actor\.pushBatch$/,
  pausedOffline: /^net\.lost$/,
}

const printed = (transitions: readonly Transition[]): string[] =>
  transitions.map(({ event, from, to }) => `${event.padEnd(52)} ${from || '(start)'} → ${to}`)

test('E2E1 one button plays the whole story, and each named state is entered by its own event', async () => {
  const tenant = 'story'
  let watch: Awaited<ReturnType<typeof watchRecords>> | undefined
  const { page, context, complaints } = await openPage(browser, {
    url: server.url,
    tenant,
    prepare: async (prepared) => {
      watch = await watchRecords(prepared)
    },
  })
  const front = deviceOn(page, 'front-desk')
  const treatment = deviceOn(page, 'treatment-room')

  await page.getByRole('button', { name: 'Play the story' }).click()
  await page.getByRole('button', { name: 'Play it again' }).waitFor({ timeout: 60_000 })
  const told = await page.evaluate(() => window.__synchart.story?.state())
  expect(told).toMatchObject({ phase: 'done', problem: '' })

  const transitions = await treatment.transitions()
  console.log(['The treatment room’s lifecycle:', ...printed(transitions)].join('\n'))
  for (const [state, byEvent] of Object.entries(entries)) {
    const entered = transitions.filter(({ from, to }) => top(to) === state && top(from) !== state)
    expect(entered, `the story enters ${state}`).not.toHaveLength(0)
    for (const { event } of entered) expect(event, `what led to ${state}`).toMatch(byEvent)
  }

  await page.getByText(/Both devices show the same 5 records/).waitFor()
  const rows = await createApi(server.url).rows(tenant)
  expect(rows).toHaveLength(5)
  expect(findings(rows, [])).toEqual([])
  expect(comparable(await front.records())).toEqual(comparableRows(rows))
  expect(comparable(await treatment.records())).toEqual(comparableRows(rows))
  const known = rows.find(({ data }) => data.name === 'Jana Dvořáková')
  expect(known?.data.phone, 'Keep Local was chosen').toBe('+420 777 111 222')

  expect(watch?.twice).toEqual([])
  expect(watch?.looks()).toBeGreaterThan(20)
  await watch?.provoke(page)
  await expect
    .poll(() => watch?.twice.length, { message: 'the watch sees a record that is there twice' })
    .toBeGreaterThan(0)
  expect(complaints).toEqual([])

  await page.getByRole('button', { name: 'Play it again' }).click()
  await page.getByText('Stop the story').waitFor()
  await page.getByText(/Both devices show the same 10 records/).waitFor({ timeout: 60_000 })
  await context.close()
})

test('E2E7 the page has no axe violation, in light and dark: a form, a conflict, its dialog, the inspector', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, context } = await openPage(browser, {
      url: server.url,
      tenant: `axe-${colorScheme}`,
      colorScheme,
    })
    const [front, treatment] = [deviceOn(page, 'front-desk'), deviceOn(page, 'treatment-room')]
    const room = page.locator('[data-device="treatment-room"]')
    const known = await front.create('client', { name: 'Ada Long', phone: '1' })
    await front.untilRest()
    await room.locator('[data-title="Ada Long"]').waitFor()
    const [there] = await treatment.records()
    const same = { ...known, id: there?.id ?? 0 }

    await room.getByText('Offline', { exact: true }).click()
    await treatment.untilState('pausedOffline')
    await treatment.update(same, { phone: '2' })
    const pet = await treatment.create('pet', { name: 'Bo' }, { field: 'clientId', record: same })
    await treatment.create('appointment', { reason: 'Check' }, { field: 'petId', record: pet })
    await front.update(known, { phone: '3' })
    await front.untilRest()
    await page.getByRole('button', { name: 'Edit client Ada Long' }).first().click()
    expect(await axeFindings(page), `${colorScheme}, offline, with a form`).toEqual([])

    await room.getByText('Online', { exact: true }).click()
    await treatment.untilState('conflict')
    await page.getByRole('switch', { name: 'Inspect' }).check()
    const inspector = page.frameLocator('iframe').first()
    await inspector.locator('[data-machine="lifecycle"]').waitFor()
    expect(await axeFindings(page), `${colorScheme}, in conflict`).toEqual([])
    const [frame] = page.frames().filter((candidate) => candidate.url().endsWith('/inspector.html'))
    expect(await axeFindings(frame as Frame), `${colorScheme}, the inspector`).toEqual([])

    await room.locator('[data-sc-part="row-button"]').click()
    await page.getByRole('dialog').waitFor()
    expect(await axeFindings(page), `${colorScheme}, deciding`).toEqual([])
    await context.close()
  }
})

test('E2E9 the inspector is loaded on demand, shows the live machines, and needs nothing but this server', async () => {
  const addresses: string[] = []
  const scripts: Promise<string>[] = []
  const { page, context, complaints } = await openPage(browser, {
    url: server.url,
    tenant: 'inspected',
    device: 'front-desk',
    prepare: async (prepared) => {
      prepared.on('request', (request) => addresses.push(request.url()))
      prepared.on('response', (response) => {
        if (response.request().resourceType() === 'script') scripts.push(response.text())
      })
    },
  })
  const device = deviceOn(page, 'front-desk')
  await device.untilRest()
  const inspectors = async () =>
    (await Promise.all(scripts)).filter((script) => script.includes('@statelyai.connected')).length
  expect(scripts.length).toBeGreaterThan(0)
  expect(await inspectors(), 'not before somebody asks for it').toBe(0)

  const inspect = page.getByRole('switch', { name: 'Inspect' })
  await inspect.check()
  const frame = page.frameLocator('iframe')
  const active = (state: string) =>
    frame.locator(`[data-machine="lifecycle"] [data-state="${state}"][data-active]`)
  for (const machine of ['engine', 'lifecycle', 'connectivity'])
    await frame.locator(`[data-machine="${machine}"]`).waitFor()
  await active('idle').waitFor()
  expect(await inspectors()).toBeGreaterThan(0)

  await device.turnNetwork(false)
  await active('pausedOffline').waitFor()
  await frame.getByText('net.lost').first().waitFor()
  await device.turnNetwork(true)
  await active('idle').waitFor()
  await inspect.uncheck()
  await page.locator('iframe').waitFor({ state: 'detached' })

  expect(
    addresses.filter((address) => !address.startsWith(server.url) && !address.startsWith('data:')),
  ).toEqual([])
  expect(complaints).toEqual([])
  await context.close()
})
