import { SyncError } from '../protocol/errors.ts'
import type { EntityId, JsonObject, JsonValue } from '../protocol/json.ts'
import { isObject } from '../protocol/json.ts'
import type { EntityType } from '../protocol/schema.ts'
import { isStorableText } from './plain.ts'
import { parseTempId } from './temp-id.ts'

/** A day of the calendar: `Date.parse` takes 30 February for 1 March. */
const isDate = (value: string): boolean => {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value)
  if (parts === null) return false
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

const isDateTime = (value: string): boolean =>
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/.test(value) &&
  isDate(value.slice(0, 10)) &&
  !Number.isNaN(Date.parse(value))

type Field = EntityType['fields'][string]

/** What is wrong with a value that is not `null`, or `null` where nothing is. */
const complaint = (field: Field, value: JsonValue): string | null => {
  switch (field.type) {
    case 'text':
    case 'longtext':
      return typeof value === 'string' ? null : 'text expected'
    case 'number':
      return typeof value === 'number' ? null : 'a number expected'
    case 'boolean':
      return typeof value === 'boolean' ? null : 'true or false expected'
    case 'date':
      return typeof value === 'string' && isDate(value) ? null : 'a date YYYY-MM-DD expected'
    case 'datetime':
      return typeof value === 'string' && isDateTime(value) ? null : 'an ISO 8601 date and time expected'
    case 'enum':
      return typeof value === 'string' && (field.values?.includes(value) ?? true)
        ? null
        : `one of ${field.values?.join(', ')} expected`
    case 'ref':
      return (typeof value === 'string' && value !== '') || Number.isSafeInteger(value)
        ? null
        : 'an id expected'
    case 'list':
      return Array.isArray(value) ? null : 'a list expected'
    case 'object':
      return isObject(value) ? null : 'an object expected'
    case 'json':
      return null
  }
}

const isEmpty = (value: JsonValue | undefined): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '')

/**
 * Checks field names, types and required fields; throws `UNKNOWN_FIELD` or `VALIDATION` with the field's path.
 * `partial`: an update carries changed fields only, so a required field may be missing, but not cleared.
 */
export const validateFields = (type: EntityType, data: JsonObject, partial: boolean): void => {
  for (const [name, value] of Object.entries(data)) {
    const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined
    if (field === undefined)
      throw new SyncError('UNKNOWN_FIELD', `${type.name} has no field "${name}"`, { path: name })
    if (value === null) continue
    const problem = complaint(field, value)
    if (problem !== null) throw new SyncError('VALIDATION', `${name}: ${problem}`, { path: name })
  }
  for (const [name, field] of Object.entries(type.fields)) {
    if (!field.required || (partial && !Object.hasOwn(data, name))) continue
    if (isEmpty(Object.hasOwn(data, name) ? data[name] : undefined))
      throw new SyncError('VALIDATION', `${name} is required`, { path: name })
  }
}

/**
 * An id as the stores keep it: `'42'` becomes 42 where the type's ids are integers; temp ids stay text.
 * Throws `INVALID_KEY` for what can be neither.
 */
export const normaliseId = (type: EntityType, id: unknown, path = 'id'): EntityId => {
  if (parseTempId(id) !== null) return id as string
  if (type.id === 'integer') {
    const number = typeof id === 'string' && /^-?\d{1,16}$/.test(id) ? Number(id) : id
    // 0 and -0 are one key.
    if (Number.isSafeInteger(number)) return (number as number) + 0
  } else if (typeof id === 'string' && id !== '' && isStorableText(id)) return id
  else if (Number.isSafeInteger(id)) return String(id)
  throw new SyncError('INVALID_KEY', `${String(id)} is no id of ${type.name}`, { path })
}
