import { describe, expect, test } from 'vitest'
import { broadcastChannel } from '../../src/adapters/broadcast-channel.ts'
import { browserConnectivity } from '../../src/adapters/browser-connectivity.ts'
import { systemClock } from '../../src/adapters/system-clock.ts'
import { webCryptoIds } from '../../src/adapters/web-crypto-ids.ts'

describe('randomness', () => {
  test('PLT1 operation ids are UUIDv7: 48 bits of the given ms, version and variant, never twice', () => {
    const ids = Array.from({ length: 5000 }, () => webCryptoIds.uuid(1_730_534_400_123))
    expect(new Set(ids).size).toBe(5000)
    for (const id of ids.slice(0, 200)) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(1_730_534_400_123)
    }
    expect(webCryptoIds.uuid(1) < webCryptoIds.uuid(2)).toBe(true)
  })

  test('PLT2 base-36 text has the length asked for and every character about as often', () => {
    expect(webCryptoIds.randomBase36(0)).toBe('')
    const text = Array.from({ length: 20 }, () => webCryptoIds.randomBase36(7200)).join('')
    expect(text).toMatch(/^[0-9a-z]{144000}$/)
    const counts = new Map<string, number>()
    for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
    expect(counts.size).toBe(36)
    // 4,000 expected, 63 the standard deviation; taking every byte would give the first four characters 500 more.
    for (const count of counts.values()) expect(Math.abs(count - 4000)).toBeLessThan(380)
  })

  test('PLT3 jitter lies in [0, 1)', () => {
    for (let round = 0; round < 1000; round++) {
      const value = webCryptoIds.random()
      expect(value >= 0 && value < 1).toBe(true)
    }
  })
})

describe('other platform parts', () => {
  test('PLT4 the clock ticks, and a cleared timer does not run', async () => {
    const before = systemClock.now()
    let runs = 0
    systemClock.clearTimeout(systemClock.setTimeout(() => runs++, 1))
    await new Promise<void>((resolve) => systemClock.setTimeout(resolve, 15))
    expect(runs).toBe(0)
    expect(systemClock.now() - before).toBeGreaterThanOrEqual(10)
  })

  test('PLT5 other tabs of the same store hear of a commit, the tab itself and other stores do not', async () => {
    const [one, two, other] = [
      broadcastChannel('synchart:a'),
      broadcastChannel('synchart:a'),
      broadcastChannel('synchart:b'),
    ]
    const heard: string[] = []
    one.subscribe(() => heard.push('one'))
    const stop = two.subscribe(() => heard.push('two'))
    other.subscribe(() => heard.push('other'))
    const settle = () => new Promise((resolve) => setTimeout(resolve, 30))
    one.notify()
    await settle()
    expect(heard).toEqual(['two'])
    stop()
    one.notify()
    await settle()
    expect(heard).toEqual(['two'])
    for (const channel of [one, two, other]) channel.close()
  })

  test('PLT6 without a browser the link counts as up', () => {
    const connectivity = browserConnectivity()
    expect(connectivity.isUp()).toBe(true)
    connectivity.subscribe(() => undefined)()
  })
})
