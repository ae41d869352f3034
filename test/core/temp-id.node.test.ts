import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { webCryptoIds } from '../../src/adapters/web-crypto-ids.ts'
import { isTempId, nextTempId, parseTempId } from '../../src/core/temp-id.ts'

const zeros = (length: number): string => '0'.repeat(length)

describe('temp ids', { timeout: 60_000 }, () => {
  test('TID1 10,000 in one tick, from two tabs with one frozen clock, are unique, and each tab sorts by making', () => {
    const now = 1_730_534_400_000
    const make = () => {
      let clock = { lastMs: 0, counter: 0 }
      return Array.from({ length: 10_000 }, () => {
        const next = nextTempId('pet', clock, now, webCryptoIds.randomBase36)
        clock = next.clock
        return next.id
      })
    }
    const [one, two] = [make(), make()]
    expect(new Set([...one, ...two]).size).toBe(20_000)
    expect([...one].sort()).toEqual(one)
    expect([...two].sort()).toEqual(two)
  })

  test('TID2 whatever the clock does, the next id sorts behind the one before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4_000_000_000_000 }), { minLength: 2, maxLength: 60 }),
        (times) => {
          let clock = { lastMs: 0, counter: 0 }
          const ids = times.map((now) => {
            const next = nextTempId('pet', clock, now, zeros)
            clock = next.clock
            return next.id
          })
          expect([...ids].sort()).toEqual(ids)
          expect(new Set(ids).size).toBe(ids.length)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('TID3 the text: temp, 13 digits of ms, 25 characters of which the last 20 are random, the type', () => {
    const { id } = nextTempId('pet', { lastMs: 0, counter: 0 }, 1_730_534_400_000, (length) =>
      'z'.repeat(length),
    )
    expect(id).toBe(`temp_1730534400000_00000${'z'.repeat(20)}_pet`)
    expect(nextTempId('pet', { lastMs: 0, counter: 0 }, 5, zeros).id).toMatch(/^temp_0000000000005_/)
  })

  test('TID4 more than 60 million ids of one tick still parse', () => {
    const { id } = nextTempId('pet', { lastMs: 5, counter: 36 ** 5 }, 5, zeros)
    expect(parseTempId(id)).toMatchObject({ entityType: 'pet', timestamp: 5 })
  })

  test('TID5 parsing splits at the first three underscores: types may have their own', () => {
    for (const type of ['pet', 'soap_note', '_x', 'a_b_c_', 'temp_1730534400000_abc_pet']) {
      const { id } = nextTempId(type, { lastMs: 0, counter: 0 }, 1_730_534_400_000, zeros)
      expect(parseTempId(id)).toEqual({ timestamp: 1_730_534_400_000, random: zeros(25), entityType: type })
      expect(isTempId(id)).toBe(true)
    }
  })

  test('TID6 the ids of protocol.md and the mission parse', () => {
    expect(parseTempId('temp_1730534400000_a7b3c2k9x1_pet')).toEqual({
      timestamp: 1_730_534_400_000,
      random: 'a7b3c2k9x1',
      entityType: 'pet',
    })
  })

  test.each([
    42,
    null,
    undefined,
    {},
    '',
    'temp',
    'temp_',
    'temp_1730534400000_abc_',
    'temp_1730534400000__pet',
    'temp_173053440000_abc_pet',
    'temp_17305344000000_abc_pet',
    'temp_173053440000x_abc_pet',
    'temp_1730534400000_ABC_pet',
    'temp_1730534400000_a-b_pet',
    ' temp_1730534400000_abc_pet',
    'TEMP_1730534400000_abc_pet',
    'xtemp_1730534400000_abc_pet',
  ])('TID7 %j is none', (value) => {
    expect(parseTempId(value)).toBeNull()
    expect(isTempId(value)).toBe(false)
  })
})
