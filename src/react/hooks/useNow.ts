import { useEffect, useState } from 'react'
import { useSettings } from '../context.ts'

/**
 * The present for relative times: the `now` that is given, else the provider's clock, read again every `everyMs` where it
 * has timers; `undefined` where nobody knows.
 */
export const useNow = (given: number | undefined, everyMs = 30_000): number | undefined => {
  const { clock } = useSettings()
  const [read, setRead] = useState(() => clock?.now())
  useEffect(() => {
    if (given !== undefined || clock === null) return
    setRead(clock.now())
    if (clock.setTimeout === undefined) return
    let handle: unknown
    const tick = () => {
      handle = clock.setTimeout?.(() => {
        setRead(clock.now())
        tick()
      }, everyMs)
    }
    tick()
    return () => clock.clearTimeout?.(handle)
  }, [given, clock, everyMs])
  return given ?? read
}
