type Stop = () => void

/** What `useSyncExternalStore` wants of a source that calls back with whole results. */
export interface LiveStore<T> {
  subscribe(listener: () => void): Stop
  /** `undefined` until the source answered once; the same reference until it answers anew. */
  snapshot(): T | undefined
}

/**
 * Listens to the source while somebody listens here, and to nothing otherwise: React may subscribe, leave and come back
 * (StrictMode does), and the last answer stays on screen meanwhile.
 */
export const liveStore = <T>(source: (listener: (value: T) => void) => Stop): LiveStore<T> => {
  const listeners = new Set<() => void>()
  let value: T | undefined
  let stop: Stop | null = null
  return {
    subscribe(listener) {
      // A function may be passed twice, and each pass must end by itself.
      const entry = () => listener()
      listeners.add(entry)
      stop ??= source((next) => {
        value = next
        for (const notify of [...listeners]) notify()
      })
      return () => {
        listeners.delete(entry)
        if (listeners.size > 0 || stop === null) return
        stop()
        stop = null
      }
    },
    snapshot: () => value,
  }
}
