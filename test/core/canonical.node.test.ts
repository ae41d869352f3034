import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, own, sameValue } from '../../src/core/canonical.ts'
import type { JsonValue } from '../../src/protocol/json.ts'

const json = (): fc.Arbitrary<JsonValue> => fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>

/** The same value with its members in another order. */
const shuffled = (value: JsonValue): JsonValue => {
  if (Array.isArray(value)) return value.map(shuffled)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffled(member)]),
  )
}

describe('canonical JSON (RFC 8785)', { timeout: 60_000 }, () => {
  test('CAN1 the sample of the RFC, section 3.2.2 and 3.2.3', () => {
    const sample = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`) as JsonValue
    expect(canonicalJson(sample)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    )
  })

  test('CAN2 members are sorted by UTF-16 code units, as in the sample of section 3.2.3', () => {
    const sample = JSON.parse(String.raw`{
      "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
    }`) as JsonValue
    const values = [...canonicalJson(sample).matchAll(/:"([^"]+)"/g)].map(([, value]) => value)
    expect(values).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ])
  })

  test.each([
    ['0000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
  ])('CAN3 the number %s of appendix B is %s', (bits, text) => {
    const view = new DataView(new ArrayBuffer(8))
    view.setBigUint64(0, BigInt(`0x${bits}`))
    expect(canonicalJson(view.getFloat64(0))).toBe(text)
  })

  test('CAN4 it is JSON of the same value, whatever the order of members, and null members are kept', () => {
    fc.assert(
      fc.property(json(), (value) => {
        const text = canonicalJson(value)
        expect(canonicalJson(JSON.parse(text) as JsonValue)).toBe(text)
        expect(canonicalJson(shuffled(value))).toBe(text)
        // toStrictEqual tells -0 from 0, which JSON does not.
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
      { numRuns: 500 },
    )
    expect(canonicalJson({ b: null, a: 1 })).toBe('{"a":1,"b":null}')
  })

  test('CAN5 different values have different texts', () => {
    fc.assert(
      fc.property(json(), json(), (a, b) => {
        fc.pre(JSON.stringify(shuffled(a)) !== JSON.stringify(shuffled(b)))
        const [left, right] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))] as [
          JsonValue,
          JsonValue,
        ]
        if (canonicalJson(left) === canonicalJson(right)) expect(left).toEqual(right)
      }),
      { numRuns: 500 },
    )
  })
})

describe('equality of row data', { timeout: 60_000 }, () => {
  test.each<[JsonValue | undefined, JsonValue | undefined, boolean]>([
    [undefined, null, true],
    [undefined, undefined, true],
    [null, 0, false],
    [null, '', false],
    [null, false, false],
    [0, false, false],
    [0, '0', false],
    ['', [], false],
    [[], {}, false],
    [[], [null], false],
    [[1, 2], [2, 1], false],
    [{ a: 1 }, { a: 1, b: null }, true],
    [{ a: { b: null } }, { a: {} }, true],
    [{ a: { b: null } }, {}, false],
    [{ a: undefined as unknown as null }, {}, true],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ constructor: 1 }, {}, false],
    [{}, { toString: 'x' }, false],
    [JSON.parse('{"__proto__": {"a": 1}}') as JsonValue, {}, false],
    [
      JSON.parse('{"__proto__": {"a": 1}}') as JsonValue,
      JSON.parse('{"__proto__": {"a": 1}}') as JsonValue,
      true,
    ],
    [{ 0: 'a' }, ['a'], false],
    ['é', 'e\u0301', false],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1, false],
  ])('CAN6 %j and %j: %s, both ways round', (a, b, expected) => {
    expect(sameValue(a, b)).toBe(expected)
    expect(sameValue(b, a)).toBe(expected)
  })

  test('CAN7 equal to itself and to any order of its members; equal canonical texts are equal values', () => {
    fc.assert(
      fc.property(json(), json(), (a, b) => {
        expect(sameValue(a, shuffled(a))).toBe(true)
        if (canonicalJson(a) === canonicalJson(b)) expect(sameValue(a, b)).toBe(true)
        expect(sameValue(a, b)).toBe(sameValue(b, a))
      }),
      { numRuns: 500 },
    )
  })

  test('CAN8 own reads members of the object itself, never those of its prototype', () => {
    expect(own({}, 'constructor')).toBeUndefined()
    expect(own({}, '__proto__')).toBeUndefined()
    expect(own(null, 'a')).toBeUndefined()
    expect(own(undefined, 'a')).toBeUndefined()
    expect(own({ a: null }, 'a')).toBeNull()
  })
})
