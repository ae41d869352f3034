import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { httpTransport, isTempId, memoryStorage, SyncError } from '../../src/index.ts'
import { type Device, practiceDevice, practiceServer, settled, uploads } from '../support/practice-rig.ts'

let server: ReturnType<typeof practiceServer>
let devices: Device[] = []

const device = (userId: string, overrides: Parameters<typeof practiceDevice>[2] = {}): Device => {
  const made = practiceDevice(server, userId, overrides)
  devices.push(made)
  return made
}

beforeEach(() => {
  server = practiceServer()
  devices = []
})

afterEach(async () => {
  await Promise.all(devices.map(({ engine }) => engine.stop()))
})

describe('the whole way', () => {
  it('WAY1 create → sync → resolve id: a chain made offline arrives with server ids in every reference', async () => {
    const vet = device('vet')
    vet.network.setDown(true)
    const client = await vet.engine.entities.create('client', { name: 'Jana' })
    const pet = await vet.engine.entities.create('pet', { name: 'Bella', clientId: client.id })
    const visit = await vet.engine.entities.create('appointment', { petId: pet.id, reason: 'cough' })
    const note = await vet.engine.entities.create('soapNote', { appointmentId: visit.id, plan: 'rest' })
    await vet.engine.entities.update('pet', pet.id, { weightKg: 24.1 })
    expect([client, pet, visit, note].every((record) => isTempId(record.id))).toBe(true)
    vet.network.setDown(false)
    const result = await vet.engine.bidirectionalSync()
    expect(result).toMatchObject({ success: true, failed: 0, conflicts: 0 })
    await settled(vet.engine)
    const synced = await vet.engine.entities.get('soapNote', note.id)
    const atVisit = await vet.engine.entities.get('appointment', visit.id)
    const ofPet = await vet.engine.entities.get('pet', pet.id)
    const owner = await vet.engine.entities.get('client', client.id)
    expect(Number.isSafeInteger(synced?.id)).toBe(true)
    expect(synced?.data.appointmentId).toBe(atVisit?.id)
    expect(atVisit?.data.petId).toBe(ofPet?.id)
    expect(ofPet?.data).toEqual({ name: 'Bella', clientId: owner?.id, weightKg: 24.1 })
    expect(synced?.key).toBe(note.key)
    expect(uploads(vet.network)).toHaveLength(1)

    const desk = device('desk')
    await desk.engine.bidirectionalSync()
    expect((await desk.engine.entities.list('pet')).map((record) => record.data)).toEqual([ofPet?.data])
  })

  it('WAY2 an answer lost after the commit: the same bytes go again, once, and no record is there twice', async () => {
    const vet = device('vet')
    await settled(vet.engine)
    vet.network.loseAnswers = 1
    await vet.engine.entities.create('client', { name: 'Jana' })
    await vi.waitUntil(() => uploads(vet.network).length >= 2, { timeout: 5_000 })
    await settled(vet.engine)
    const [first, second] = uploads(vet.network)
    expect(second?.body).toBe(first?.body)
    expect(await vet.engine.entities.list('client')).toHaveLength(1)
    const desk = device('desk')
    await desk.engine.bidirectionalSync()
    expect(await desk.engine.entities.list('client')).toHaveLength(1)
  })

  it('WAY3 an edit made while the record is in flight is neither lost nor a conflict', async () => {
    const vet = device('vet')
    await settled(vet.engine)
    let release: () => void = () => undefined
    vet.network.gate = new Promise((resolve) => {
      release = resolve
    })
    const client = await vet.engine.entities.create('client', { name: 'Jana' })
    await vi.waitUntil(() => uploads(vet.network).length === 1)
    await vet.engine.entities.update('client', client.id, { name: 'Jana D.' })
    release()
    vet.network.gate = Promise.resolve()
    await vi.waitUntil(() => uploads(vet.network).length === 2, { timeout: 5_000 })
    await settled(vet.engine)
    expect(await vet.engine.conflicts.list()).toEqual([])
    expect((await vet.engine.entities.get('client', client.id))?.data.name).toBe('Jana D.')
    const desk = device('desk')
    await desk.engine.bidirectionalSync()
    expect((await desk.engine.entities.list('client')).map((record) => record.data.name)).toEqual(['Jana D.'])
  })

  it('WAY4 a reload in the middle of an upload: what was sent is sent again by the next engine', async () => {
    const storage = memoryStorage()
    const vet = device('vet', { storage })
    await settled(vet.engine)
    vet.network.loseAnswers = 1_000
    await vet.engine.entities.create('client', { name: 'Jana' })
    await vi.waitUntil(() => uploads(vet.network).length >= 1)
    await vet.engine.stop()
    const again = device('vet', { storage })
    await settled(again.engine)
    expect(uploads(again.network)[0]?.body).toBe(uploads(vet.network)[0]?.body)
    expect((await again.engine.entities.list('client')).map((record) => record.status)).toEqual(['synced'])
  })
})

describe('disagreements', () => {
  const bothChange = async () => {
    const vet = device('vet')
    const desk = device('desk')
    const client = await desk.engine.entities.create('client', { name: 'Jana', phone: '1' })
    await desk.engine.bidirectionalSync()
    await settled(desk.engine)
    await vet.engine.bidirectionalSync()
    const id = (await desk.engine.entities.get('client', client.id))?.id as number
    vet.network.setDown(true)
    await vet.engine.entities.update('client', id, { phone: '2 from the vet' })
    await desk.engine.entities.update('client', id, { phone: '3 from the desk' })
    await desk.engine.bidirectionalSync()
    await settled(desk.engine)
    vet.network.setDown(false)
    await vi.waitUntil(() => vet.engine.status().conflicts === 1, { timeout: 5_000 })
    const [conflict] = await vet.engine.conflicts.list()
    if (conflict === undefined) throw new Error('no conflict')
    return { vet, desk, id, conflict }
  }

  it('WAY5 the same field changed on both sides is kept on both sides until a person decides', async () => {
    const { conflict, vet } = await bothChange()
    expect(conflict).toMatchObject({
      kind: 'update-update',
      affectedFields: ['phone'],
      localData: { phone: '2 from the vet' },
      serverData: { phone: '3 from the desk' },
      status: 'open',
    })
    expect(vet.engine.status()).toMatchObject({ conflicts: 1, state: 'conflict' })
  })

  it.each([
    ['client-wins', '2 from the vet'],
    ['server-wins', '3 from the desk'],
  ] as const)('WAY6 %s: both devices show the decision', async (type, expected) => {
    const { conflict, vet, desk, id } = await bothChange()
    await vet.engine.resolveConflict(conflict, { type })
    await vet.engine.bidirectionalSync()
    await settled(vet.engine)
    await desk.engine.bidirectionalSync()
    expect(await vet.engine.conflicts.list()).toEqual([])
    expect((await vet.engine.entities.get('client', id))?.data.phone).toBe(expected)
    expect((await desk.engine.entities.get('client', id))?.data.phone).toBe(expected)
    expect(await vet.engine.conflicts.history()).toMatchObject([
      { strategy: type, localData: { phone: '2 from the vet' }, serverData: { phone: '3 from the desk' } },
    ])
  })

  it('WAY7 a conflict does not stop the queue', async () => {
    const { vet, desk } = await bothChange()
    await vet.engine.entities.create('client', { name: 'Petr' })
    await vi.waitUntil(() => vet.engine.status().pending === 0, { timeout: 5_000 })
    await desk.engine.bidirectionalSync()
    expect((await desk.engine.entities.list('client', { where: { name: 'Petr' } })).length).toBe(1)
  })
})

describe('faults', () => {
  it('FLT1 a token of another tenant: nothing goes up, nothing comes down, and the state is authRequired', async () => {
    const other = device('intruder')
    const vet = device('vet')
    await settled(vet.engine)
    await settled(other.engine)
    vet.network.token = 'other-practice.vet'
    const before = await vet.engine.entities.list('client')
    await vet.engine.entities.create('client', { name: 'Jana' })
    await vi.waitUntil(() => vet.engine.status().state === 'authRequired', { timeout: 5_000 })
    const foreign = practiceDevice(server, 'vet', { tenantId: 'other-practice' })
    devices.push(foreign)
    foreign.network.token = 'other-practice.vet'
    await foreign.engine.bidirectionalSync()
    expect(await foreign.engine.entities.list('client')).toEqual([])
    expect(before).toEqual([])
    expect(vet.engine.status()).toMatchObject({ pending: 1, lastError: { code: 'TENANT_FORBIDDEN' } })
    vet.network.token = 'happy-paws.vet'
    vet.engine.renewAuth()
    await settled(vet.engine)
    expect((await vet.engine.entities.list('client'))[0]?.status).toBe('synced')
  })

  it('FLT6 signed out, a requested cycle ends with the reason, however often it is asked', async () => {
    const vet = device('vet')
    await settled(vet.engine)
    vet.network.token = 'other-practice.vet'
    const first = await vet.engine.bidirectionalSync()
    expect(first.errors.map((error) => error.code)).toEqual(['TENANT_FORBIDDEN'])
    expect(vet.engine.status().state).toBe('authRequired')
    const second = await vet.engine.bidirectionalSync()
    expect(second.errors.map((error) => error.code)).toEqual(['TENANT_FORBIDDEN'])
  })

  it('FLT7 a token that cannot be fetched is no network, not a broken store', async () => {
    const vet = device('vet', {
      transport: httpTransport({
        baseUrl: '/api/sync',
        getToken: () => Promise.reject(new TypeError('fetch failed')),
      }),
    })
    await vet.engine.entities.create('client', { name: 'Jana' })
    await vi.waitUntil(() => vet.engine.status().state === 'pausedOffline', { timeout: 5_000 })
    expect(vet.engine.status()).toMatchObject({ online: false, lastError: null, pending: 1 })
  })

  it('FLT8 three-byte text in many records goes up in batches that the server takes', async () => {
    const vet = device('vet')
    vet.network.setDown(true)
    const work = Array.from({ length: 26 }, (_, index) =>
      vet.engine.entities.create('client', { name: `${index}`, address: { note: '漢'.repeat(80_000) } }),
    )
    await Promise.all(work)
    vet.network.setDown(false)
    await settled(vet.engine)
    expect(uploads(vet.network).length).toBeGreaterThan(1)
    expect(vet.engine.status().state).toBe('idle')
  })

  it('FLT9 a server whose download never gets on is asked with waits between', async () => {
    let asked = 0
    const answer = {
      entities: [],
      deletions: [],
      closedConflicts: [],
      cursor: null,
      timestamp: 0,
      serverTime: 0,
      hasMore: true,
      reset: { reason: 'cursor_expired' as const },
    }
    const refuse = () => Promise.reject(new SyncError('SERVER_ERROR', 'not in this test'))
    const vet = device('vet', {
      retry: { baseMs: 10_000, pollMs: 60_000 },
      transport: {
        upload: refuse,
        listConflicts: refuse,
        resolveConflict: refuse,
        download: async () => {
          asked++
          return answer
        },
      },
    })
    await vi.waitUntil(() => vet.engine.status().state === 'retry', { timeout: 5_000 })
    expect(asked).toBe(1)
  })

  it('FLT10 a write that races stop() is answered as what it is: durable', async () => {
    const storage = memoryStorage()
    const vet = device('vet', { storage })
    await settled(vet.engine)
    const writing = vet.engine.entities.create('client', { name: 'Jana' }).then(
      () => true,
      () => false,
    )
    for (let turn = 0; turn < 6; turn++) await Promise.resolve()
    await vet.engine.stop()
    const isTold = await writing
    const again = device('vet', { storage })
    expect((await again.engine.entities.list('client')).length).toBe(isTold ? 1 : 0)
  })

  it('FLT11 a channel and an inspector that throw take nothing with them', async () => {
    const errors: string[] = []
    const vet = device('vet', {
      channel: {
        notify: () => {
          throw new Error('no channel')
        },
        subscribe: () => () => undefined,
        close: () => undefined,
      },
      inspect: () => {
        throw new Error('no inspector')
      },
      logger: { error: (message) => errors.push(message), info: () => undefined, debug: () => undefined },
    })
    await vet.engine.entities.create('client', { name: 'Jana' })
    await settled(vet.engine)
    expect((await vet.engine.entities.list('client')).map((record) => record.status)).toEqual(['synced'])
    expect(errors.length).toBeGreaterThan(0)
  })

  it('WAY8 a request that joins a running cycle does not end before what was written then went up', async () => {
    const vet = device('vet', { batch: { windowMs: 200 } })
    await settled(vet.engine)
    let release: () => void = () => undefined
    vet.network.gate = new Promise((resolve) => {
      release = resolve
    })
    const first = vet.engine.bidirectionalSync()
    await vi.waitUntil(() => vet.engine.status().state === 'downloading', { timeout: 4_000, interval: 1 })
    const client = await vet.engine.entities.create('client', { name: 'Jana' })
    const second = vet.engine.bidirectionalSync()
    release()
    await Promise.all([first, second])
    expect((await vet.engine.entities.get('client', client.id))?.status).toBe('synced')
  })

  it('FLT2 offline: writes go on, a requested cycle says so, and nothing is an error', async () => {
    const vet = device('vet')
    await settled(vet.engine)
    vet.network.setDown(true)
    await vet.engine.entities.create('client', { name: 'Jana' })
    await vi.waitUntil(() => vet.engine.status().state === 'pausedOffline', { timeout: 5_000 })
    const result = await vet.engine.bidirectionalSync()
    expect(result.success).toBe(false)
    expect(result.errors.map((error) => error.code)).toEqual(['OFFLINE'])
    expect(vet.engine.status()).toMatchObject({
      state: 'pausedOffline',
      online: false,
      lastError: null,
      pending: 1,
    })
    vet.network.setDown(false)
    await settled(vet.engine)
  })

  it('FLT3 a refused operation is shown with its reason and holds nothing else', async () => {
    const vet = device('vet')
    await settled(vet.engine)
    const client = await vet.engine.entities.create('client', { name: 'Jana' })
    await settled(vet.engine)
    const id = (await vet.engine.entities.get('client', client.id))?.id as number
    vet.network.setDown(true)
    await vet.engine.entities.create('pet', { name: 'Ghost', clientId: id + 1_000 })
    const ok = await vet.engine.entities.create('pet', { name: 'Bella', clientId: id })
    vet.network.setDown(false)
    await settled(vet.engine)
    const [refused] = await vet.engine.operations.list()
    expect(refused).toMatchObject({ state: 'rejected', error: { code: 'FK_VIOLATION', path: 'clientId' } })
    expect((await vet.engine.entities.get('pet', ok.id))?.status).toBe('synced')
    expect(vet.engine.status()).toMatchObject({ state: 'idle', rejected: 1 })
  })

  it('FLT4 bad input is refused at the call with its path and changes nothing', async () => {
    const vet = device('vet')
    await settled(vet.engine)
    const entities = vet.engine.entities as unknown as {
      create(type: string, data: unknown): Promise<unknown>
    }
    const codes = async (type: string, data: unknown) => {
      const error = await entities.create(type, data).catch((cause: unknown) => cause)
      return error instanceof SyncError ? [error.code, error.path] : error
    }
    expect(await codes('dog', {})).toEqual(['UNKNOWN_TYPE', 'entityType'])
    expect(await codes('client', {})).toEqual(['VALIDATION', 'name'])
    expect(await codes('client', { name: 'A', nick: 'B' })).toEqual(['UNKNOWN_FIELD', 'nick'])
    expect(await codes('client', { name: 'A', address: { at: new Date(0) } })).toEqual([
      'NOT_JSON',
      'address.at',
    ])
    expect(await codes('pet', { name: 'A', clientId: 'temp_1730534400000_a7b3c2_client' })).toEqual([
      'UNKNOWN_TEMP_ID',
      'clientId',
    ])
    expect(await vet.engine.operations.list()).toEqual([])
  })

  it('FLT5 nothing is written after stop() resolved', async () => {
    const vet = device('vet')
    await settled(vet.engine)
    await vet.engine.stop()
    await expect(vet.engine.entities.create('client', { name: 'Jana' })).rejects.toMatchObject({
      code: 'STOPPED',
    })
    expect((await vet.engine.bidirectionalSync()).errors.map((error) => error.code)).toEqual(['STOPPED'])
  })
})
