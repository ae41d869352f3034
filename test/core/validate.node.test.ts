import { describe, expect, test } from 'vitest'
import { backoffMs } from '../../src/core/backoff.ts'
import { normaliseId, validateFields } from '../../src/core/validate.ts'
import type { JsonValue } from '../../src/protocol/json.ts'
import type { EntityType } from '../../src/protocol/schema.ts'
import { defineSchema } from '../../src/protocol/schema.ts'

const { types } = defineSchema({
  version: 1,
  entities: {
    pet: {
      fields: {
        text: { type: 'text' },
        long: { type: 'longtext' },
        number: { type: 'number' },
        flag: { type: 'boolean' },
        day: { type: 'date' },
        at: { type: 'datetime' },
        kind: { type: 'enum', values: ['dog', 'cat'] },
        list: { type: 'list' },
        object: { type: 'object' },
        json: { type: 'json' },
        name: { type: 'text', required: true },
      },
      references: { clientId: 'client' },
    },
    client: { id: 'string', fields: {} },
  },
})
const pet = types.pet as EntityType
const client = types.client as EntityType

const GOOD: [string, JsonValue][] = [
  ['text', ''],
  ['text', null],
  ['long', 'x'],
  ['number', 0],
  ['number', -1.5],
  ['flag', false],
  ['day', '2024-02-29'],
  ['at', '2024-02-29T10:00'],
  ['at', '2024-02-29T10:00:00Z'],
  ['at', '2024-02-29T10:00:00.123+02:00'],
  ['at', '2024-12-31T23:59:59'],
  ['kind', 'cat'],
  ['list', []],
  ['object', {}],
  ['json', [{ a: 1 }]],
  ['clientId', 5],
  ['clientId', 'temp_1730534400000_abc_client'],
]

const BAD: [string, JsonValue][] = [
  ['text', 5],
  ['long', []],
  ['number', '5'],
  ['flag', 0],
  ['day', '2024-02-30'],
  ['day', '2023-02-29'],
  ['day', '2024-13-01'],
  ['day', '24-01-01'],
  ['day', '2024-01-01T00:00'],
  ['at', '2024-02-30T10:00'],
  ['at', '2024-02-29'],
  ['at', '2024-02-29T25:00'],
  ['at', 'yesterday'],
  ['at', 1_730_534_400_000],
  ['kind', 'cow'],
  ['list', {}],
  ['object', []],
  ['object', 'x'],
  ['clientId', 1.5],
  ['clientId', ''],
  ['clientId', {}],
]

describe('fields', () => {
  test.each(GOOD)('VAL1 %s takes %j', (field, value) => {
    expect(() => validateFields(pet, { name: 'x', [field]: value }, false)).not.toThrow()
  })

  test.each(BAD)('VAL2 %s refuses %j, with its path', (field, value) => {
    const refusal = expect.objectContaining({ code: 'VALIDATION', path: field })
    expect(() => validateFields(pet, { [field]: value }, true)).toThrow(refusal)
  })

  test('VAL3 a field that is not declared is refused, also one that every object has', () => {
    for (const field of ['colour', 'constructor', 'toString', 'id'])
      expect(() => validateFields(pet, { [field]: 1 }, true)).toThrow(
        expect.objectContaining({ code: 'UNKNOWN_FIELD', path: field }),
      )
  })

  test('VAL4 a required field is there in a whole record and is not cleared by an update', () => {
    const refusal = expect.objectContaining({ code: 'VALIDATION', path: 'name' })
    expect(() => validateFields(pet, {}, false)).toThrow(refusal)
    expect(() => validateFields(pet, { text: 'x' }, true)).not.toThrow()
    for (const value of [null, '', '  ']) {
      expect(() => validateFields(pet, { name: value }, true)).toThrow(refusal)
      expect(() => validateFields(pet, { name: value }, false)).toThrow(refusal)
    }
  })
})

describe('ids', () => {
  test.each<[EntityType, unknown, unknown]>([
    [pet, 42, 42],
    [pet, '42', 42],
    [pet, '-1', -1],
    [pet, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [pet, 'temp_1730534400000_abc_pet', 'temp_1730534400000_abc_pet'],
    [client, '42', '42'],
    [client, 42, '42'],
    [client, 'a b', 'a b'],
  ])('VAL5 an id as the stores keep it: %# %j is %j', (type, given, kept) => {
    expect(normaliseId(type, given)).toBe(kept)
  })

  test.each<[EntityType, unknown]>([
    [pet, ''],
    [pet, 'x'],
    [pet, '4.2'],
    [pet, '0x10'],
    [pet, '99999999999999999999'],
    [pet, 2 ** 53],
    [pet, 1.5],
    [pet, Number.NaN],
    [pet, null],
    [pet, undefined],
    [pet, {}],
    [pet, true],
    [client, ''],
    [client, 1.5],
    [client, null],
    [client, 'x\u0000'],
    [client, '\ud800'],
  ])('VAL6 what can be no id is refused with its path: %# %j', (type, given) => {
    expect(() => normaliseId(type, given, 'clientId')).toThrow(
      expect.objectContaining({ code: 'INVALID_KEY', path: 'clientId' }),
    )
  })

  test('VAL7 one id has one form: "042" and -0 are not kept beside 42 and 0', () => {
    expect(normaliseId(pet, '042')).toBe(42)
    expect(Object.is(normaliseId(pet, -0), 0)).toBe(true)
    expect(Object.is(normaliseId(pet, '-0'), 0)).toBe(true)
  })
})

describe('backoff', () => {
  test('BCK1 a random wait in [0, base × 2^attempt), never beyond the cap, however many attempts', () => {
    expect(backoffMs(0, 1000, 300_000, 0)).toBe(0)
    expect(backoffMs(0, 1000, 300_000, 0.5)).toBe(500)
    expect(backoffMs(3, 1000, 300_000, 0.5)).toBe(4000)
    for (const attempt of [9, 30, 31, 1000, 1e9, Number.MAX_SAFE_INTEGER]) {
      expect(backoffMs(attempt, 1000, 300_000, 0.999_999)).toBeLessThanOrEqual(300_000)
      expect(backoffMs(attempt, 1000, 300_000, 0.5)).toBe(150_000)
    }
  })

  test('BCK2 after an outage 500 devices do not come back together', () => {
    const waits = Array.from({ length: 500 }, (_, index) => backoffMs(12, 1000, 300_000, (index + 0.5) / 500))
    const perSecond = new Map<number, number>()
    for (const wait of waits)
      perSecond.set(Math.floor(wait / 1000), (perSecond.get(Math.floor(wait / 1000)) ?? 0) + 1)
    expect(Math.max(...perSecond.values())).toBeLessThan(5)
  })
})
