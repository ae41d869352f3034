import type { Browser } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Api } from './support/api.ts'
import { createApi } from './support/api.ts'
import { launchBrowser, openPage } from './support/browser.ts'
import { comparable, comparableRows, deviceOn, findings } from './support/device.ts'
import type { WireProxy } from './support/proxy.ts'
import { startProxy } from './support/proxy.ts'
import type { DemoServer } from './support/server.ts'
import { startDemoServer } from './support/server.ts'

let server: DemoServer
let browser: Browser
let proxy: WireProxy
let api: Api

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startDemoServer(), launchBrowser()])
  proxy = await startProxy(server.port)
  api = createApi(server.url)
})

afterAll(async () => {
  await browser?.close()
  await proxy?.close()
  await server?.close()
})

const strangers = [
  { who: 'another tenant', tenant: 'other-practice', user: 'treatment-room' },
  { who: 'another user', tenant: 'own-practice', user: 'front-desk' },
]

test.each(strangers)(
  'E2E5 a token of $who: nothing goes up or down, until the right one is back',
  async (stranger) => {
    const tenant = 'own-practice'
    const { page, context } = await openPage(browser, { url: proxy.url, tenant, device: 'treatment-room' })
    const device = deviceOn(page, 'treatment-room')
    await device.untilRest()
    const before = comparable(await device.records())

    const token = await api.token(stranger.tenant, stranger.user)
    await page.evaluate((given) => window.__synchart.devices['treatment-room']?.tokens.use(given), token)
    // News on both sides of the wrong door: neither may come in.
    for (const at of new Set([tenant, stranger.tenant]))
      await api.upload(at, 'somebody', [
        {
          id: `news-${stranger.user}-${at}`,
          type: 'create',
          entityType: 'client',
          entityId: `temp_1700000000000_${stranger.user.replace('-', '').padEnd(25, '0').slice(0, 25)}_client`,
          data: { name: `News of ${at} beside ${stranger.user}` },
        },
      ])
    const asked = proxy.exchanges.length
    await device.create('client', { name: `Written under the token of ${stranger.who}` })
    await device.untilState('authRequired')
    await page.locator('[data-sc-part="status-text"]', { hasText: 'Sign in to send 1 change' }).waitFor()

    const refused = proxy.exchanges.slice(asked)
    expect(
      refused.filter(({ path }) => path.startsWith('/api/sync')).map(({ status }) => status),
    ).not.toContain(200)
    const titles = async () => (await device.records()).map(({ data }) => String(data.name)).sort()
    expect(await titles(), 'nothing came down').toEqual(
      [...before.map((line) => /"name","([^"]+)"/.exec(line)?.[1] ?? ''), device.writes[0]?.data.name].sort(),
    )
    for (const at of new Set([tenant, stranger.tenant])) {
      const names = (await api.rows(at)).map(({ data }) => data.name)
      expect(names, 'nothing went up').not.toContain(device.writes[0]?.data.name)
    }

    await page.evaluate(() => {
      const own = window.__synchart.devices['treatment-room']
      own?.tokens.use(undefined)
      own?.engine.renewAuth()
    })
    await device.untilRest()
    const rows = await api.rows(tenant)
    expect(findings(rows, device.writes)).toEqual([])
    expect(comparable(await device.records())).toEqual(comparableRows(rows))
    await context.close()
  },
)

test('E2E6 a reload and a restart of the server: nothing is lost, and the page needs no help', async () => {
  const tenant = 'restart'
  const { page, context, complaints } = await openPage(browser, {
    url: server.url,
    tenant,
    device: 'front-desk',
  })
  const device = deviceOn(page, 'front-desk')
  const client = await device.create('client', { name: 'Before', phone: '1' })
  await device.create('pet', { name: 'Rex', weightKg: 12.5 }, { field: 'clientId', record: client })
  await device.untilRest()

  await server.kill('SIGTERM')
  await device.update(client, { phone: '2' })
  const during = await device.create('client', { name: 'During' })
  await page.locator('[data-title="During"]').waitFor()
  const shown = comparable(await device.records())
  await server.start()
  await device.untilRest()
  expect(findings(await api.rows(tenant), device.writes)).toEqual([])

  await page.getByText('Offline', { exact: true }).click()
  await device.untilState('pausedOffline')
  await device.update(during, { phone: '3' })
  await page.reload()
  await page.locator('[data-title="During"]').waitFor()
  await device.untilRest()
  const rows = await api.rows(tenant)
  expect(findings(rows, device.writes)).toEqual([])
  expect(rows).toHaveLength(3)
  expect(comparable(await device.records())).toEqual(comparableRows(rows))
  expect(shown).toHaveLength(3)
  expect(complaints).toEqual([])
  await context.close()
})
