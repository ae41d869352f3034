import type { Page } from 'playwright'
import type { Transition } from '../../../demo/device/device.ts'
import type {
  EntityId,
  EntityRow,
  JsonObject,
  LifecycleState,
  SyncStatusSnapshot,
} from '../../../src/index.ts'
import type { DeviceId } from './browser.ts'

export type RecordType = 'client' | 'pet' | 'appointment' | 'soapNote'

export const recordTypes: readonly RecordType[] = ['client', 'pet', 'appointment', 'soapNote']

export interface ShownRecord {
  type: RecordType
  id: EntityId
  data: JsonObject
  status: string
}

/** A record whose writes this device acknowledged, and what they said last. */
export interface Written {
  type: RecordType
  /** The id that the first write was answered with. */
  id: EntityId
  data: JsonObject
  parent?: { field: string; record: Written }
}

export interface DeviceHandle {
  page: Page
  id: DeviceId
  /** All writes whose promise resolved, in order: what must never be lost. */
  writes: Written[]
  /** The device's own switch. What is written between off and on goes up together. */
  turnNetwork(isOn: boolean): Promise<void>
  create(type: RecordType, data: JsonObject, parent?: Written['parent']): Promise<Written>
  update(record: Written, changes: JsonObject): Promise<void>
  status(): Promise<SyncStatusSnapshot>
  until(what: string, check: (status: SyncStatusSnapshot) => boolean, timeoutMs?: number): Promise<void>
  untilState(state: LifecycleState): Promise<void>
  /** Everything sent, nothing to do. */
  untilRest(): Promise<void>
  records(): Promise<ShownRecord[]>
  transitions(): Promise<Transition[]>
}

const LOOK_EVERY_MS = 50

export const until = async <T>(
  what: string,
  check: () => Promise<T | false | null | undefined>,
  timeoutMs = 20_000,
): Promise<T> => {
  const end = Date.now() + timeoutMs
  for (;;) {
    const found = await check()
    if (found !== false && found !== null && found !== undefined) return found
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

/** One device of an open page, through the engine that the page itself runs on. */
export const deviceOn = (page: Page, id: DeviceId): DeviceHandle => {
  const writes: Written[] = []

  const status = async () =>
    await page.evaluate((device) => {
      const found = window.__synchart.devices[device]
      if (found === undefined) throw new Error(`${device} is not on this page`)
      return found.engine.status()
    }, id)

  const untilStatus: DeviceHandle['until'] = async (what, check, timeoutMs) => {
    let last: SyncStatusSnapshot | null = null
    try {
      await until(
        what,
        async () => {
          last = await status()
          return check(last)
        },
        timeoutMs,
      )
    } catch (error) {
      throw new Error(`${id}: ${String(error)}; last seen: ${JSON.stringify(last)}`, { cause: error })
    }
  }

  return {
    page,
    id,
    writes,
    turnNetwork: async (isOn) =>
      await page.evaluate(([device, on]) => window.__synchart.devices[device]?.network.turn(on), [
        id,
        isOn,
      ] as const),
    create: async (type, data, parent) => {
      const content = parent === undefined ? data : { ...data, [parent.field]: parent.record.id }
      const made = await page.evaluate(
        async ([device, name, value]) => {
          const { entities } = window.__synchart.devices[device]!.engine
          const record = await entities.create(name, JSON.parse(value) as never)
          return record.id
        },
        [id, type, JSON.stringify(content)] as const,
      )
      const written: Written = { type, id: made, data, ...(parent === undefined ? {} : { parent }) }
      writes.push(written)
      return written
    },
    update: async (record, changes) => {
      await page.evaluate(
        async ([device, name, recordId, value]) => {
          const { entities } = window.__synchart.devices[device]!.engine
          await entities.update(name, recordId, JSON.parse(value) as never)
        },
        [id, record.type, record.id, JSON.stringify(changes)] as const,
      )
      record.data = { ...record.data, ...changes }
    },
    status,
    until: untilStatus,
    untilState: async (state) => await untilStatus(`state ${state}`, (now) => now.state === state),
    untilRest: async () =>
      await untilStatus('everything sent and at rest', (now) => now.state === 'idle' && now.pending === 0),
    records: async () => {
      const text = await page.evaluate(
        async ([device, types]): Promise<string> => {
          const { entities } = window.__synchart.devices[device]!.engine
          const lists = await Promise.all(
            types.map(async (type) =>
              (await entities.list(type)).map((record) => ({
                type,
                id: record.id,
                data: record.data,
                status: record.status,
              })),
            ),
          )
          return JSON.stringify(lists.flat())
        },
        [id, recordTypes] as const,
      )
      return JSON.parse(text) as ShownRecord[]
    },
    transitions: async () =>
      await page.evaluate((device) => window.__synchart.devices[device]?.transitions ?? [], id),
  }
}

/** Plain rows of both worlds, references included, in an order that does not depend on who lists them. */
export const comparable = (rows: readonly { type: string; id: EntityId; data: JsonObject }[]): string[] =>
  rows
    .map(
      ({ type, id, data }) =>
        `${type} ${id} ${JSON.stringify(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)))}`,
    )
    .sort()

export const comparableRows = (rows: readonly EntityRow[]): string[] =>
  comparable(rows.map(({ entityType, id, data }) => ({ type: entityType, id, data })))

const holds = (data: JsonObject, expected: JsonObject): boolean =>
  Object.entries(expected).every(
    ([field, value]) => JSON.stringify(data[field] ?? null) === JSON.stringify(value),
  )

/** What is wrong with the server's rows, seen from the acknowledged writes: lost, there twice, or changed. */
export const findings = (rows: readonly EntityRow[], writes: readonly Written[]): string[] => {
  const wrong: string[] = []
  const rowOf = (written: Written): EntityRow | undefined =>
    rows.find(({ entityType, data }) => entityType === written.type && holds(data, written.data))
  for (const written of writes) {
    const name = `${written.type} ${JSON.stringify(written.data)}`
    const found = rows.filter(
      ({ entityType, data }) => entityType === written.type && holds(data, written.data),
    )
    if (found.length === 0) wrong.push(`lost: ${name}`)
    if (found.length > 1) wrong.push(`${found.length} times: ${name}`)
    if (written.parent === undefined) continue
    const parent = rowOf(written.parent.record)
    if (parent?.id !== found[0]?.data[written.parent.field])
      wrong.push(`refers to ${found[0]?.data[written.parent.field]} instead of ${parent?.id}: ${name}`)
  }
  for (const row of rows)
    if (JSON.stringify(row).includes('temp_'))
      wrong.push(`a temporary id is on the server: ${JSON.stringify(row)}`)
  return wrong
}
