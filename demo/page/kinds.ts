import type { EntityRecord, JsonObject, JsonValue } from '../../src/index.ts'
import type { PracticeDefinition } from '../device/device.ts'

export type RecordType = keyof PracticeDefinition['entities'] & string
export type ShownType = 'client' | 'pet' | 'appointment' | 'soapNote'

export interface Kind {
  /** In the order of the form. */
  fields: readonly string[]
  child: ShownType | null
  /** The reference to the record it hangs under. */
  parent: { type: ShownType; field: string } | null
  /** The field that names it, and what else is worth a line. */
  title: string
  details: readonly string[]
  /** `details` are read as text, one below the other, each with its label. */
  isProse?: boolean
  icon: string
}

/** client → pet → appointment → soapNote: how the practice's records hang together on screen. */
export const kinds: Record<ShownType, Kind> = {
  client: {
    fields: ['name', 'phone', 'email'],
    child: 'pet',
    parent: null,
    title: 'name',
    details: ['phone', 'email'],
    icon: 'person',
  },
  pet: {
    fields: ['name', 'species', 'weightKg'],
    child: 'appointment',
    parent: { type: 'client', field: 'clientId' },
    title: 'name',
    details: ['species', 'weightKg'],
    icon: 'paw',
  },
  appointment: {
    fields: ['reason', 'startsAt'],
    child: 'soapNote',
    parent: { type: 'pet', field: 'petId' },
    title: 'reason',
    details: ['startsAt'],
    icon: 'calendar',
  },
  soapNote: {
    fields: ['subjective', 'objective', 'assessment', 'plan'],
    child: null,
    parent: { type: 'appointment', field: 'appointmentId' },
    title: 'subjective',
    details: ['objective', 'assessment', 'plan'],
    isProse: true,
    icon: 'note',
  },
}

export const shownTypes = Object.keys(kinds) as ShownType[]

export type Shown = EntityRecord<JsonObject>

const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

export const showValue = (field: string, value: JsonValue | undefined): string => {
  if (value === undefined || value === null || value === '') return ''
  if (field === 'weightKg') return `${value} kg`
  if (field === 'startsAt' && typeof value === 'string') {
    const date = new Date(value)
    return Number.isNaN(date.getTime()) ? value : dateTime.format(date)
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

export const titleOf = (type: ShownType, data: JsonObject, label: string): string =>
  showValue(kinds[type].title, data[kinds[type].title]) || `${label} without a title`

/** In the middle of a sentence: `Client` → `client`, and `SOAP note` as it is. */
export const inSentence = (label: string): string =>
  /^.[A-Z]/.test(label) ? label : label.charAt(0).toLowerCase() + label.slice(1)

/** New records on top, and no jump when the server gives one its number: a temp id sorts above all numbers. */
export const byNewest = (a: Shown, b: Shown): number => {
  const [left, right] = [a.id, b.id]
  if (typeof left === 'number' && typeof right === 'number') return right - left
  if (typeof left === typeof right) return left < right ? 1 : -1
  return typeof left === 'string' ? -1 : 1
}
