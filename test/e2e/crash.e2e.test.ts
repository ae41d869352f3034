import type { Browser } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LifecycleState } from '../../src/index.ts'
import type { Api } from './support/api.ts'
import { createApi } from './support/api.ts'
import { launchBrowser, openPage } from './support/browser.ts'
import type { DeviceHandle, Written } from './support/device.ts'
import { comparable, comparableRows, deviceOn, findings, until } from './support/device.ts'
import type { Exchange, WireProxy } from './support/proxy.ts'
import { startProxy } from './support/proxy.ts'
import type { DemoServer } from './support/server.ts'
import { startDemoServer } from './support/server.ts'
import type { Watch } from './support/watch.ts'
import { watchRecords } from './support/watch.ts'

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

const openDevice = async (tenant: string) => {
  let watch: Watch | undefined
  const opened = await openPage(browser, {
    url: proxy.url,
    tenant,
    device: 'treatment-room',
    prepare: async (context) => {
      watch = await watchRecords(context)
    },
  })
  const device = deviceOn(opened.page, 'treatment-room')
  await device.untilRest()
  return { ...opened, device, watch: watch as Watch }
}

/** client → pet → appointment → soapNote, each write awaited; every name is there once. */
const writeFamily = async (
  device: DeviceHandle,
  name: string,
): Promise<Record<'client' | 'pet', Written>> => {
  const client = await device.create('client', { name: `Owner ${name}`, phone: '1' })
  const pet = await device.create('pet', { name: `Pet ${name}` }, { field: 'clientId', record: client })
  const appointment = await device.create(
    'appointment',
    { reason: `Visit ${name}` },
    { field: 'petId', record: pet },
  )
  await device.create(
    'soapNote',
    { subjective: `Note ${name}` },
    { field: 'appointmentId', record: appointment },
  )
  return { client, pet }
}

/** In one upload. */
const writeTogether = async (device: DeviceHandle, name: string) => {
  await device.turnNetwork(false)
  await device.untilState('pausedOffline')
  const family = await writeFamily(device, name)
  await device.turnNetwork(true)
  return family
}

/** A state that may be over before somebody looks. */
const untilPassed = async (device: DeviceHandle, state: LifecycleState) =>
  await until(`passed through ${state}`, async () =>
    (await device.transitions()).some(({ to }) => to === state),
  )

/** How often each operation was sent, and how often its answer said that it had been there before. */
const repeats = (exchanges: readonly Exchange[], first: Exchange) => {
  const ids = first.operations.map(({ id }) => id)
  const later = exchanges.slice(exchanges.indexOf(first) + 1)
  return {
    resent: ids.filter((id) =>
      later.some(({ operations }) => operations.some((operation) => operation.id === id)),
    ),
    replayed: ids.filter((id) =>
      later.some(({ results }) => results.some((result) => result.id === id && result.replayed === true)),
    ),
    ids,
  }
}

/** The device, the server and the acknowledged writes tell one story, now and after a reload. */
const expectWhole = async (tenant: string, device: DeviceHandle, watch: Watch) => {
  expect(watch.twice, 'shown twice at some moment').toEqual([])
  const rows = await api.rows(tenant)
  expect(findings(rows, device.writes)).toEqual([])
  expect(rows).toHaveLength(device.writes.length)
  expect(comparable(await device.records())).toEqual(comparableRows(rows))
  await device.page.reload()
  await device.page.locator('[data-record]').first().waitFor()
  await device.untilRest()
  expect(comparable(await device.records())).toEqual(comparableRows(rows))
  await expect(device.page.locator('[data-record]').count()).resolves.toBe(rows.length)
  expect(watch.twice).toEqual([])
  await watch.provoke(device.page)
  await expect
    .poll(() => watch.twice.length, { message: 'the watch sees what is there twice' })
    .toBeGreaterThan(0)
}

test('E2E3 a server killed after its commit, its answer withheld: nothing lost, nothing twice', async () => {
  const tenant = 'killed'
  const { device, watch, context, complaints } = await openDevice(tenant)
  const held = proxy.holdNextUpload()
  const { pet } = await writeTogether(device, 'A')
  const first = await held.answered
  expect(first).toMatchObject({ status: 200, operations: { length: 4 } })
  expect(await api.rows(tenant), 'the server has committed').toHaveLength(4)

  await server.kill('SIGKILL')
  held.drop()
  expect((await device.status()).pending, 'the device knows nothing of it').toBeGreaterThan(0)
  // Work goes on while there is no server.
  await device.update(pet, { species: 'Cat' })
  await writeFamily(device, 'B')
  await untilPassed(device, 'retry')

  await server.start()
  await device.untilRest()
  const { ids, resent, replayed } = repeats(proxy.exchanges, first)
  expect(resent, 'everything without an answer was sent again').toEqual(ids)
  expect(replayed, 'and the new process knew it').toEqual(ids)
  await expectWhole(tenant, device, watch)
  expect(complaints).toEqual([])
  await context.close()
})

test('E2E4 an answer lost after the commit, then a download: nothing lost, nothing twice', async () => {
  const tenant = 'dropped'
  const { device, watch, context } = await openDevice(tenant)
  const held = proxy.holdNextUpload()
  const { client, pet } = await writeTogether(device, 'A')
  const first = await held.answered

  // Meanwhile somebody else sees the rows and adds to one: the download will bring a later version than the answer has.
  const [row] = (await api.rows(tenant)).filter(({ entityType }) => entityType === 'pet')
  if (row === undefined) throw new Error('the server has not committed')
  const edit = {
    id: 'e2e4-edit',
    type: 'update',
    entityType: 'pet',
    entityId: row.id,
    baseVersion: row.version,
  } as const
  const edited = await api.upload(tenant, 'front-desk', [{ ...edit, base: {}, data: { species: 'Dog' } }])
  expect(edited.results).toMatchObject([{ status: 'applied' }])
  await device.update(client, { phone: '2' })

  held.drop()
  await untilPassed(device, 'retry')
  await device.untilRest()
  pet.data = { ...pet.data, species: 'Dog' }

  const { ids, resent, replayed } = repeats(proxy.exchanges, first)
  expect(resent).toEqual(ids)
  expect(replayed).toEqual(ids)
  const path = (suffix: string) =>
    proxy.exchanges
      .slice(proxy.exchanges.indexOf(first) + 1)
      .filter((exchange) => exchange.path.endsWith(suffix))
  expect(path('/download').length, 'a download followed').toBeGreaterThan(0)
  await expectWhole(tenant, device, watch)
  await context.close()
})

test('E2E4 an answer lost in one tab while the other tab of the device goes on', async () => {
  const tenant = 'tabs'
  const { device, watch, page, context } = await openDevice(tenant)
  const held = proxy.holdNextUpload()
  await writeTogether(device, 'A')
  await held.answered

  const second = await context.newPage()
  await second.goto(page.url())
  const other = deviceOn(second, 'treatment-room')
  await other.untilRest()
  held.drop()
  await device.untilRest()
  expect(comparable(await other.records())).toEqual(comparable(await device.records()))
  await second.close()
  await expectWhole(tenant, device, watch)
  await context.close()
})
