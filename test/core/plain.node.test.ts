import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_DEPTH, MAX_OPERATION_BYTES, plainCopy } from '../../src/core/plain.ts'
import { SyncError } from '../../src/protocol/errors.ts'

class Money {
  readonly amount = 1
}

const nested = (depth: number): unknown => {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? { a: value } : [value]
  return value
}

const cyclic = (): unknown => {
  const value: Record<string, unknown> = {}
  value.self = value
  return value
}

const withSymbol = { [Symbol('s')]: 1 }
const named = Object.assign([1], { extra: 2 })
// biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
const holed = [1, , 3]

const BAD: [string, unknown, string][] = [
  ['undefined', { a: undefined }, 'a'],
  ['undefined in a list', { a: [1, undefined] }, 'a[1]'],
  ['a hole in a list', { a: holed }, 'a[1]'],
  ['NaN', { a: Number.NaN }, 'a'],
  ['Infinity', { a: { b: Number.POSITIVE_INFINITY } }, 'a.b'],
  ['-Infinity', { a: [Number.NEGATIVE_INFINITY] }, 'a[0]'],
  ['-0', { a: -0 }, 'a'],
  ['a bigint', { a: 1n }, 'a'],
  ['a symbol', { a: Symbol('x') }, 'a'],
  ['a function', { a: () => 1 }, 'a'],
  ['a method deep inside', { a: [{ b: { c() {} } }] }, 'a[0].b.c'],
  ['toJSON', { a: { toJSON: () => 1 } }, 'a.toJSON'],
  ['a Date', { at: new Date(0) }, 'at'],
  ['an invalid Date', { at: new Date(Number.NaN) }, 'at'],
  ['a Map', { a: new Map() }, 'a'],
  ['a Set', { a: new Set() }, 'a'],
  ['a WeakMap', { a: new WeakMap() }, 'a'],
  ['a RegExp', { a: /x/ }, 'a'],
  ['an Error', { a: new Error('x') }, 'a'],
  ['a Promise', { a: Promise.resolve() }, 'a'],
  ['a typed array', { a: new Uint8Array(1) }, 'a'],
  ['an ArrayBuffer', { a: new ArrayBuffer(1) }, 'a'],
  ['a URL', { a: new URL('https://x.test') }, 'a'],
  ['a class instance', { a: new Money() }, 'a'],
  ['a boxed string', { a: new String('x') }, 'a'],
  ['a boxed number', { a: new Number(1) }, 'a'],
  ['an object with another prototype', { a: Object.create({ b: 1 }) as unknown }, 'a'],
  ['symbol keys', { a: withSymbol }, 'a'],
  ['a list with names', { a: named }, 'a'],
  ['a lone high surrogate', { a: '\ud800' }, 'a'],
  ['a lone low surrogate', { a: 'x\udc00y' }, 'a'],
  ['surrogates the wrong way round', { a: '\udc00\ud800' }, 'a'],
  ['U+0000', { a: { b: 'x\u0000' } }, 'a.b'],
  ['a key with U+0000', { a: { 'x\u0000': 1 } }, 'a'],
  ['a key with a lone surrogate', { a: { '\ud800': 1 } }, 'a'],
  ['the key __proto__', { a: JSON.parse('{"__proto__": 1}') as unknown }, 'a.__proto__'],
  ['a cycle', { a: cyclic() }, `a${'.self'.repeat(MAX_DEPTH - 1)}`],
  ['too deep', nested(MAX_DEPTH + 1), ''],
  ['a text for a record', 'text', ''],
  ['a number for a record', 5, ''],
  ['null for a record', null, ''],
  ['a list for a record', [], ''],
  ['undefined for a record', undefined, ''],
  ['a Date for a record', new Date(0), ''],
]

describe('plain values', { timeout: 60_000 }, () => {
  test.each(BAD)('PLN1 refused with its path: %s', (_label, value, path) => {
    try {
      plainCopy(value)
    } catch (error) {
      expect(error).toBeInstanceOf(SyncError)
      expect(error).toMatchObject({ code: 'NOT_JSON' })
      if (path !== '' || typeof value !== 'object') expect((error as SyncError).path).toBe(path)
      return
    }
    expect.unreachable()
  })

  test('PLN2 the path starts with the name of the argument', () => {
    expect(() => plainCopy({ a: Number.NaN }, 'mergedData')).toThrow(
      expect.objectContaining({ path: 'mergedData.a' }),
    )
    expect(() => plainCopy(5, 'mergedData')).toThrow(expect.objectContaining({ path: 'mergedData' }))
  })

  test('PLN3 every other JSON object comes back equal and as a copy of its own', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (value) => {
        const text = JSON.stringify(value)
        fc.pre(
          !text.includes('\\u0000') &&
            !text.includes('__proto__') &&
            !/\\ud[89a-f]/i.test(text) &&
            !/:-0[,}\]]/.test(text),
        )
        const clean = JSON.parse(text) as object
        const copy = plainCopy(clean)
        expect(copy).toEqual(clean)
        expect(copy).not.toBe(clean)
      }),
      { numRuns: 300 },
    )
    const inner = { b: [1] }
    const copy = plainCopy({ a: inner }) as { a: typeof inner }
    inner.b.push(2)
    expect(copy).toEqual({ a: { b: [1] } })
  })

  test('PLN4 frozen objects, objects without a prototype and proxies of plain objects are plain', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 })
    expect(plainCopy({ bare, frozen: Object.freeze({ a: 1 }), proxy: new Proxy({ a: 1 }, {}) })).toEqual({
      bare: { a: 1 },
      frozen: { a: 1 },
      proxy: { a: 1 },
    })
  })

  test('PLN5 the deepest and the largest that fit are taken', () => {
    expect(plainCopy(nested(MAX_DEPTH - 1))).toBeDefined()
    const room = MAX_OPERATION_BYTES - '{"a":""}'.length
    expect(plainCopy({ a: 'x'.repeat(room) })).toBeDefined()
    expect(() => plainCopy({ a: 'x'.repeat(room + 1) })).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    )
  })

  test('PLN6 paired surrogates, emoji and every other text pass', () => {
    expect(plainCopy({ a: '🐾 \u{1F43E} e\u0301 \uFFFF \u0001' })).toEqual({
      a: '🐾 🐾 e\u0301 \uFFFF \u0001',
    })
  })
})
