import { useEffect, useRef, useState } from 'react'
import { useSettings } from '../context.ts'

const QUIET_MS = 2_000

/**
 * Text for a live region that stands in the page from the start: empty at first, then what changed, once it has been true
 * for two seconds where the provider's clock has timers (a flicker is not news), else at once.
 */
export const useAnnouncement = (key: string, text: string): string => {
  const { clock } = useSettings()
  const [said, setSaid] = useState('')
  const last = useRef(key)
  const latest = useRef(text)
  latest.current = text
  useEffect(() => {
    if (last.current === key) return
    const say = () => {
      last.current = key
      setSaid(latest.current)
    }
    if (clock?.setTimeout === undefined) {
      say()
      return
    }
    const handle = clock.setTimeout(say, QUIET_MS)
    return () => clock.clearTimeout?.(handle)
  }, [key, clock])
  return said
}
