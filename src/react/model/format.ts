import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import { isObject } from '../../protocol/json.ts'
import type { EntityType, FieldType } from '../../protocol/schema.ts'
import { humanise } from '../../protocol/schema.ts'
import type { Messages } from '../messages.ts'

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

/**
 * A value inside a sentence keeps its own direction and leaves the sentence its own: `<bdi>` for plain text. Where nothing
 * in sight runs the other way the marks are left out.
 */
export const isolate = (text: string, dir: 'ltr' | 'rtl' | undefined): string =>
  dir === 'rtl' || rightToLeft.test(text) ? `\u2068${text}\u2069` : text

export interface FormatContext {
  dir?: 'ltr' | 'rtl' | undefined
  messages: Messages
  locale: string | undefined
  timeZone: string | undefined
}

export const isEmpty = (value: JsonValue | undefined): value is null | undefined | '' =>
  value === undefined || value === null || value === ''

const dateOnly = /^\d{4}-\d{2}-\d{2}$/

const formatDate = (text: string, context: FormatContext, withTime: boolean): string => {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) return text
  // A calendar date belongs to no time zone: read as UTC, it must be shown as UTC.
  const timeZone = dateOnly.test(text) ? 'UTC' : context.timeZone
  return new Intl.DateTimeFormat(context.locale, {
    dateStyle: 'medium',
    ...(withTime && !dateOnly.test(text) ? { timeStyle: 'short' } : {}),
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(ms)
}

const formatList = (values: readonly JsonValue[], context: FormatContext): string => {
  if (values.some((value) => isObject(value) || Array.isArray(value)))
    return context.messages.entries(values.length)
  const texts = values.map((value) => formatValue(value, 'json', context))
  return new Intl.ListFormat(context.locale, { type: 'conjunction' }).format(texts)
}

const formatObject = (value: JsonObject, context: FormatContext): string =>
  Object.entries(value)
    .filter(([, member]) => !isEmpty(member))
    .map(([key, member]) => `${humanise(key)}: ${formatValue(member, 'json', context)}`)
    .join(' · ')

/** A value as one line of text for people; `(empty)` where there is none. */
export const formatValue = (
  value: JsonValue | undefined,
  type: FieldType | undefined,
  context: FormatContext,
): string => {
  if (isEmpty(value)) return context.messages.empty
  if (typeof value === 'boolean') return value ? context.messages.yes : context.messages.no
  if (typeof value === 'number')
    return type === 'ref'
      ? String(value)
      : new Intl.NumberFormat(context.locale, { maximumFractionDigits: 20 }).format(value)
  if (typeof value === 'string') {
    if (type === 'date') return formatDate(value, context, false)
    return type === 'datetime' ? formatDate(value, context, true) : value
  }
  if (Array.isArray(value)) return value.length === 0 ? context.messages.empty : formatList(value, context)
  return formatObject(value as JsonObject, context) || context.messages.empty
}

/** What a record is called: the schema's title field, else a name-like field, else its type and id. */
export const recordTitle = (
  data: JsonObject | null,
  entityType: string,
  type: EntityType | null,
  id: string | number,
  context: FormatContext,
): string => {
  const candidates = [type?.titleField, 'name', 'title', 'subject', 'reason']
  for (const field of candidates) {
    if (field === undefined || field === null || data === null || !Object.hasOwn(data, field)) continue
    const value = data[field]
    if (!isEmpty(value)) return formatValue(value, type?.fields[field]?.type, context)
  }
  return context.messages.unnamed(type?.label ?? humanise(entityType), `#${id}`)
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Relative within a day, else date and time; without a `now` always the latter. */
export const formatTime = (ms: number, now: number | undefined, context: FormatContext): string => {
  const age = now === undefined ? Number.POSITIVE_INFINITY : now - ms
  if (Math.abs(age) < day) {
    const relative = new Intl.RelativeTimeFormat(context.locale, { numeric: 'auto' })
    if (Math.abs(age) < minute) return relative.format(0, 'second')
    return Math.abs(age) < hour
      ? relative.format(-Math.round(age / minute), 'minute')
      : relative.format(-Math.round(age / hour), 'hour')
  }
  return formatAbsolute(ms, context)
}

export const formatAbsolute = (ms: number, context: FormatContext): string =>
  new Intl.DateTimeFormat(context.locale, {
    dateStyle: 'medium',
    timeStyle: 'short',
    ...(context.timeZone === undefined ? {} : { timeZone: context.timeZone }),
  }).format(ms)

export const formatClock = (ms: number, context: FormatContext): string =>
  new Intl.DateTimeFormat(context.locale, {
    timeStyle: 'medium',
    ...(context.timeZone === undefined ? {} : { timeZone: context.timeZone }),
  }).format(ms)
