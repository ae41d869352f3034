import type { ReactNode } from 'react'
import type { Format } from '../hooks/useFormat.ts'

export interface WhenProps {
  ms: number
  now: number | undefined
  format: Format
  /** Puts the time into a phrase: `edited {time}`. */
  phrase?: (time: string) => string
}

/** A moment: readable in the text, exact in `datetime` and on hover. */
export const When = ({ ms, now, format, phrase }: WhenProps): ReactNode => {
  if (!Number.isFinite(ms)) return null
  const time = format.time(ms, now)
  return (
    <time
      dateTime={new Date(ms).toISOString()}
      title={format.absolute(ms)}
      data-sc-part="time"
      // The server that rendered the page read its clock earlier.
      suppressHydrationWarning
    >
      {phrase === undefined ? time : phrase(time)}
    </time>
  )
}
