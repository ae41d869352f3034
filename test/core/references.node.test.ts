import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapReferences, referencesOf } from '../../src/core/references.ts'
import type { JsonObject, JsonValue } from '../../src/protocol/json.ts'
import { defineSchema } from '../../src/protocol/schema.ts'
import { modelReferences, replaceReferences } from '../support/model-references.ts'

const type = defineSchema({
  version: 1,
  entities: {
    pet: { fields: {} },
    tag: { fields: {} },
    all: {
      fields: {},
      references: {
        one: 'pet',
        'owner.petId': 'pet',
        'list[]': 'tag',
        'items[].petId': 'pet',
        'items[].more.tags[]': 'tag',
        'map{}': 'pet',
        'deep.map{}.petId': 'pet',
        any: { poly: true },
        'anyOf[]': { poly: true },
      },
    },
  },
}).types.all as never as Parameters<typeof referencesOf>[0]

const TEMP = 'temp_1730534400000_abc_pet'

const found = (data: JsonObject) =>
  referencesOf(type, data).map(({ path, type: to, id }) => `${path} ${to} ${typeof id} ${id}`)

describe('references', { timeout: 60_000 }, () => {
  test('REF1 every form of path, in declared order', () => {
    expect(
      found({
        anyOf: [
          { type: 'tag', id: 8 },
          { type: 'pet', id: 'x' },
        ],
        one: TEMP,
        owner: { petId: 2 },
        list: [3, 'three'],
        items: [{ petId: 4, more: { tags: [5, 6] } }, { petId: 7 }],
        map: { a: 10, b: 11 },
        deep: { map: { x: { petId: 12 } } },
        any: { type: 'pet', id: 9 },
      }),
    ).toEqual([
      `one pet string ${TEMP}`,
      'owner.petId pet number 2',
      'list[] tag number 3',
      'list[] tag string three',
      'items[].petId pet number 4',
      'items[].petId pet number 7',
      'items[].more.tags[] tag number 5',
      'items[].more.tags[] tag number 6',
      'map{} pet number 10',
      'map{} pet number 11',
      'deep.map{}.petId pet number 12',
      'any pet number 9',
      'anyOf[] tag number 8',
      'anyOf[] pet string x',
    ])
  })

  test.each<[string, JsonObject]>([
    ['nothing', {}],
    ['null', { one: null, owner: null, list: null, items: null, map: null, any: null }],
    ['empty text', { one: '' }],
    ['fractions and other types', { one: 1.5, owner: { petId: true }, list: [{}, []] }],
    ['a list where an object is declared', { owner: [{ petId: 1 }], map: [1] }],
    ['an object where a list is declared', { list: { 0: 1 }, items: { petId: 1 } }],
    ['a text where a map is declared', { map: 'abc', deep: 'abc', items: 'abc' }],
    ['half a poly', { any: { type: 'pet' }, anyOf: [{ id: 1 }, 5, { type: 7, id: 1 }] }],
    ['keys of maps', { map: { [TEMP]: null } }],
    ['undeclared fields', { other: TEMP, petId: 1, owner: { other: 1 } }],
  ])('REF2 none in %s', (_label, data) => {
    expect(referencesOf(type, data)).toEqual([])
    expect(mapReferences(type, data, () => 99)).toEqual(data)
  })

  test('REF3 whole values only: text that holds an id is text', () => {
    const data = { one: `see ${TEMP}`, list: [`${TEMP} `] }
    expect(mapReferences(type, data, ({ id }) => (id === TEMP ? 1 : id))).toEqual(data)
  })

  test('REF4 names of Object.prototype are no fields', () => {
    const odd = defineSchema({
      version: 1,
      entities: {
        pet: { fields: {} },
        x: { fields: {}, references: { 'constructor.name': 'pet', toString: 'pet' } },
      },
    }).types.x as never
    expect(referencesOf(odd, {})).toEqual([])
  })

  test('REF5 nothing changes, nothing is copied; what changes leaves the input as it was', () => {
    const data: JsonObject = { one: 1, owner: { petId: 2 }, list: [3] }
    expect(mapReferences(type, data, ({ id }) => id)).toBe(data)
    const text = JSON.stringify(data)
    expect(mapReferences(type, data, ({ id }) => Number(id) + 10)).toEqual({
      one: 11,
      owner: { petId: 12 },
      list: [13],
    })
    expect(JSON.stringify(data)).toBe(text)
  })

  test('REF6 on any data: the same references as a second implementation finds, and after a mapping none of the old', () => {
    const id = fc.oneof(
      fc.integer({ min: 1, max: 5 }),
      fc.constant(TEMP),
      fc.constant('other'),
      fc.constant(null),
      fc.double(),
    )
    const poly = fc.record({ type: fc.constantFrom('pet', 'tag'), id }, { requiredKeys: [] })
    const data = fc.record(
      {
        one: id,
        owner: fc.oneof(fc.record({ petId: id }), id),
        list: fc.oneof(fc.array(id), id),
        items: fc.array(
          fc.oneof(
            fc.record({ petId: id, more: fc.record({ tags: fc.array(id) }) }, { requiredKeys: [] }),
            id,
          ),
        ),
        map: fc.dictionary(fc.constantFrom('a', 'b', TEMP), id),
        deep: fc.record({ map: fc.dictionary(fc.constantFrom('a', 'b'), fc.record({ petId: id })) }),
        any: fc.oneof(poly, id),
        anyOf: fc.array(poly),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<JsonObject>
    fc.assert(
      fc.property(data, (row) => {
        const clean = JSON.parse(JSON.stringify(row)) as JsonObject
        const same = (all: { path: string; type: string; id: JsonValue }[]) =>
          all.map((one) => `${one.path} ${one.type} ${typeof one.id} ${one.id}`).sort()
        const ours = same(referencesOf(type, clean))
        const isInteger = (value: unknown) => typeof value === 'string' || Number.isSafeInteger(value)
        expect(ours).toEqual(
          same(modelReferences(type, clean).filter((one) => isInteger(one.id) && one.id !== '')),
        )
        const mapped = mapReferences(type, clean, (reference) => (reference.id === TEMP ? 77 : reference.id))
        expect(mapped).toEqual(replaceReferences(type, clean, (given) => (given === TEMP ? 77 : given)))
        expect(referencesOf(type, mapped).some((reference) => reference.id === TEMP)).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})
