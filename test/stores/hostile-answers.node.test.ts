import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import type { JsonValue } from '../../src/protocol/json.ts'
import type { DownloadAnswer, UploadAnswer } from '../../src/protocol/messages.ts'
import { downloadAnswerSchema, uploadAnswerSchema } from '../../src/protocol/validators.ts'
import { ModelServer } from '../support/model-server.ts'
import { practice } from '../support/practice.ts'
import { QuickStorage } from '../support/quick-storage.ts'
import { Device, rowOf, wire } from '../support/store-harness.ts'

const PET = { name: 'Bella', species: 'dog', clientId: 1 }

/** Replaces one place of a JSON value by something else, or takes it out. */
const mutated = (value: JsonValue, picks: number[], junk: JsonValue | undefined): JsonValue => {
  if (typeof value !== 'object' || value === null) return junk ?? null
  const keys = Object.keys(value)
  const [pick, ...rest] = picks
  if (keys.length === 0 || pick === undefined) return junk ?? null
  const key = keys[pick % keys.length] as string
  const member = (value as Record<string, JsonValue>)[key] as JsonValue
  const goesOn = rest.length > 0 && typeof member === 'object' && member !== null
  if (Array.isArray(value)) {
    const next = goesOn ? mutated(member, rest, junk) : junk
    return value.flatMap((item, index) => (String(index) !== key ? [item] : next === undefined ? [] : [next]))
  }
  const copy: Record<string, JsonValue> = { ...value }
  if (goesOn) copy[key] = mutated(member, rest, junk)
  else if (junk === undefined) delete copy[key]
  else copy[key] = junk
  return copy
}

const junk = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom<JsonValue[]>(null, 0, -1, 1.5, 7, 10, 99, '', 'x', '7', true, [], {}, [null], {
    data: null,
  }),
  fc.constantFrom<JsonValue[]>(
    'applied',
    'merged',
    'conflict',
    'rejected',
    'deleted',
    'resolved',
    'DEPENDENCY_FAILED',
  ),
  fc.constant('temp_1730534400000_abc_client'),
)
const places = fc.array(fc.nat({ max: 20 }), { minLength: 3, maxLength: 6 })
const mutations = fc.array(fc.tuple(places, junk), { minLength: 1, maxLength: 3 })

/** One operation of every kind in flight, of which the server takes one, merges none, refuses one and disputes one. */
const prepared = async () => {
  const storage = new QuickStorage(true)
  const device = await Device.open({ quick: storage })
  await device.receive({
    entities: [
      rowOf('client', 1, 3, { name: 'Ada' }),
      ...[10, 11, 12, 13].map((id) => rowOf('pet', id, 5, PET)),
    ],
  })
  const owner = await device.create('client', { name: 'Eve' })
  await device.create('pet', { name: 'Kitty', clientId: owner })
  await device.update('pet', 10, { name: 'Bea' })
  await device.update('pet', 11, { clientId: owner })
  await device.delete('pet', 12)
  await device.update('pet', 13, { name: 'Rex' })
  const batch = await device.claimed()
  const results = batch.operations.map(({ id, type, entityId }) => {
    const verdict = { 10: 'conflict', 13: 'rejected', 11: 'merged' }[entityId as number] ?? 'applied'
    return {
      id,
      status: verdict,
      entityId: type === 'create' ? 20 + String(entityId).length : entityId,
      version: type === 'create' ? 1 : 6,
      modifiedAt: 1,
      ...(verdict === 'merged' ? { data: { ...PET, clientId: 21 } } : {}),
      ...(verdict === 'rejected' ? { error: { code: 'VALIDATION', message: 'no', path: 'name' } } : {}),
      ...(verdict === 'conflict'
        ? {
            conflict: {
              conflictId: 7,
              state: 'open',
              reason: 'changed',
              fields: ['name'],
              serverData: { ...PET, name: 'Bo' },
              serverVersion: 6,
              serverModifiedAt: 5,
              by: { userId: 'b' },
            },
          }
        : {}),
    }
  })
  return {
    device,
    storage,
    batch,
    answer: { results, idMappings: [], serverTime: 1 } as unknown as JsonValue,
  }
}

describe('answers that no server should give', { timeout: 120_000 }, () => {
  test('HOS1 1,000 damaged answers to an upload: refused whole, or taken with the store whole; no operation vanishes without a verdict', async () => {
    let taken = 0
    await fc.assert(
      fc.asyncProperty(mutations, async (changes) => {
        const { device, storage, batch, answer } = await prepared()
        const damaged = changes.reduce((value, [at, by]) => mutated(value, at, by), answer)
        const parsed = v.safeParse(uploadAnswerSchema, wire(damaged))
        if (!parsed.success) return
        const before = JSON.stringify(storage.dump())
        const accepted: UploadAnswer = parsed.output
        try {
          await device.settle(batch, accepted)
          taken++
        } catch (error) {
          // Harness errors have no code: a broken store must not pass for a refusal.
          expect((error as { code?: string }).code).toBe('MALFORMED_ANSWER')
          expect(JSON.stringify(storage.dump())).toBe(before)
        }
        const left = new Set((await device.operations()).map(({ id }) => id))
        const settled = new Set(accepted.results.map(({ id }) => id))
        for (const { id } of batch.operations) if (!settled.has(id)) expect(left.has(id)).toBe(true)
        await device.reopen()
      }),
      { numRuns: 1000 },
    )
    expect(taken).toBeGreaterThan(50)
  })

  test('HOS2 1,000 damaged pages: what can be read is taken, the rest kept aside, the store whole', async () => {
    const page = {
      entities: [
        rowOf('client', 2, 1, { name: 'Zoe' }),
        rowOf('pet', 10, 6, { ...PET, name: 'Bo' }),
        rowOf('pet', 14, 1, PET),
      ],
      deletions: [{ entityType: 'pet', id: 11, version: 6, deletedAt: 1, reason: 'deleted' }],
      closedConflicts: [
        { conflictId: 7, operationId: 'x', entityType: 'pet', entityId: 10, state: 'resolved' },
      ],
      cursor: 'c1.2',
      timestamp: 1,
      hasMore: false,
      serverTime: 1,
    } as unknown as JsonValue
    let taken = 0
    await fc.assert(
      fc.asyncProperty(mutations, async (changes) => {
        const { device, storage, batch, answer } = await prepared()
        await device.settle(batch, v.parse(uploadAnswerSchema, wire(answer)))
        await device.update('pet', 14, { name: 'x' }).catch(() => undefined)
        const parsed = v.safeParse(
          downloadAnswerSchema,
          wire(changes.reduce((value, [at, by]) => mutated(value, at, by), page)),
        )
        if (!parsed.success) return
        const received: DownloadAnswer = parsed.output
        await device.page(await device.ask(), received)
        taken++
        const aside = storage.dump().filter(([key]) => key[0] === 'quarantine').length
        expect(aside).toBeLessThanOrEqual(received.entities.length + received.deletions.length)
        await device.reopen()
      }),
      { numRuns: 1000 },
    )
    expect(taken).toBeGreaterThan(100)
  })

  test('HOS3 a server that answers nothing at all of what was sent changes nothing', async () => {
    const { device, batch } = await prepared()
    const server = new ModelServer({ schema: practice as never, now: () => 1 })
    const { results: _results, ...rest } = server.upload('a', { operations: [] })
    const bytes = JSON.stringify(batch.operations)
    await device.settle(batch, { ...rest, results: [] })
    expect(JSON.stringify((await device.claimed()).operations)).toBe(bytes)
  })
})
