import { describe, expect, test } from 'vitest'
import { browserConnectivity } from '../../src/adapters/browser-connectivity.ts'
import { webCryptoIds } from '../../src/adapters/web-crypto-ids.ts'

describe('platform parts in a browser', () => {
  test('PLT7 going offline and online is heard, until nobody listens', () => {
    const heard: boolean[] = []
    const stop = browserConnectivity().subscribe((isUp) => heard.push(isUp))
    window.dispatchEvent(new Event('offline'))
    window.dispatchEvent(new Event('online'))
    stop()
    window.dispatchEvent(new Event('offline'))
    expect(heard).toEqual([false, true])
    expect(browserConnectivity().isUp()).toBe(navigator.onLine)
  })

  test('PLT8 ids come from the browser too', () => {
    expect(webCryptoIds.uuid(Date.now())).toMatch(/^[0-9a-f-]{36}$/)
  })
})
