import { useMemo } from 'react'
import type { JsonValue } from '../../protocol/json.ts'
import type { FieldType } from '../../protocol/schema.ts'
import { useSettings } from '../context.ts'
import type { Messages } from '../messages.ts'
import { formatAbsolute, formatClock, formatTime, formatValue } from '../model/format.ts'

export interface Format {
  messages: Messages
  value(value: JsonValue | undefined, type: FieldType | undefined): string
  time(ms: number, now: number | undefined): string
  absolute(ms: number): string
  clock(ms: number): string
}

/** The provider's words, locale and time zone, applied. */
export const useFormat = (): Format => {
  const settings = useSettings()
  return useMemo(() => {
    const context = {
      messages: settings.messages,
      locale: settings.locale,
      timeZone: settings.timeZone,
    }
    return {
      messages: context.messages,
      value: (value, type) => formatValue(value, type, context),
      time: (ms, now) => formatTime(ms, now, context),
      absolute: (ms) => formatAbsolute(ms, context),
      clock: (ms) => formatClock(ms, context),
    }
  }, [settings])
}
