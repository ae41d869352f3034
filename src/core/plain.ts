import { SyncError } from '../protocol/errors.ts'
import type { JsonObject } from '../protocol/json.ts'

/** Depth and size of one record's data that both sides accept (protocol.md, Limits; depth 32 counts the whole body). */
export const MAX_DEPTH = 24
export const MAX_OPERATION_BYTES = 262_144

const at = (path: string, key: string | number): string =>
  typeof key === 'number' ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`

const refuse = (path: string, why: string): never => {
  throw new SyncError('NOT_JSON', `${path === '' ? 'the value' : path} ${why}`, { path })
}

/** U+0000 cannot be stored by PostgreSQL, and two different lone surrogates have the same UTF-8. */
export const isStorableText = (text: string): boolean =>
  !text.includes('\u0000') && !/\p{Surrogate}/u.test(text)

const check = (value: unknown, path: string, depth: number): void => {
  if (depth > MAX_DEPTH) refuse(path, `is nested deeper than ${MAX_DEPTH} levels`)
  if (value === null || typeof value === 'boolean') return
  if (typeof value === 'string') {
    if (!isStorableText(value)) refuse(path, 'holds U+0000 or a lone surrogate')
    return
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(path, 'is not a finite number')
    if (Object.is(value, -0)) refuse(path, 'is -0, which JSON cannot carry')
    return
  }
  if (typeof value !== 'object') refuse(path, `is of type ${typeof value}, which JSON cannot carry`)
  if (Array.isArray(value)) {
    if (Object.keys(value).length > value.length) refuse(path, 'is an array with names of its own')
    for (let index = 0; index < value.length; index++) {
      if (!Object.hasOwn(value, index)) refuse(at(path, index), 'is a hole in an array')
      check(value[index], at(path, index), depth + 1)
    }
    return
  }
  const object = value as Record<string, unknown>
  const prototype = Object.getPrototypeOf(object)
  if (prototype !== Object.prototype && prototype !== null) refuse(path, 'is not a plain object')
  if (Object.getOwnPropertySymbols(object).length > 0) refuse(path, 'has symbol keys')
  for (const key of Object.keys(object)) {
    if (key === '__proto__') refuse(at(path, key), 'is no name for a field')
    if (!isStorableText(key)) refuse(path, 'has a key with U+0000 or a lone surrogate')
    check(object[key], at(path, key), depth + 1)
  }
}

/** Throws `NOT_JSON` with the path of the first value that would not survive the wire; returns a private copy. */
export const plainCopy = (value: unknown, path = ''): JsonObject => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(path, 'is not an object')
  check(value, path, 1)
  const text = JSON.stringify(value)
  // UTF-16 length is a lower bound of the UTF-8 length: cheap, and the server has the last word.
  if (text.length > MAX_OPERATION_BYTES)
    throw new SyncError(
      'TOO_LARGE',
      `${path === '' ? 'the value' : path} is larger than ${MAX_OPERATION_BYTES} bytes`,
      { path },
    )
  return JSON.parse(text) as JsonObject
}
