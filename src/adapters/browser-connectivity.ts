import type { ConnectivityPort } from '../ports/connectivity.ts'

/** `navigator.onLine` and its events; where there is no browser the link counts as up. */
export const browserConnectivity = (): ConnectivityPort => ({
  isUp: () => typeof navigator === 'undefined' || navigator.onLine !== false,
  subscribe: (listener) => {
    if (typeof window === 'undefined') return () => undefined
    const up = () => listener(true)
    const down = () => listener(false)
    window.addEventListener('online', up)
    window.addEventListener('offline', down)
    return () => {
      window.removeEventListener('online', up)
      window.removeEventListener('offline', down)
    }
  },
})
