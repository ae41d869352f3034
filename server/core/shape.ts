import * as v from 'valibot'
import { canonicalJson } from '../../src/core/canonical.ts'
import { isStorableText } from '../../src/core/plain.ts'
import { isTempId } from '../../src/core/temp-id.ts'
import { validateFields } from '../../src/core/validate.ts'
import { SyncError } from '../../src/protocol/errors.ts'
import type { JsonObject, JsonValue } from '../../src/protocol/json.ts'
import { isObject } from '../../src/protocol/json.ts'
import type { OperationErrorBody } from '../../src/protocol/messages.ts'
import type { SyncOperation } from '../../src/protocol/operation.ts'
import type { EntityType, Schema } from '../../src/protocol/schema.ts'
import { issuePath, operationId, operationSchema } from '../../src/protocol/validators.ts'

/** An element of `operations`: an operation that may be judged, or the reason why not. */
export interface Candidate {
  index: number
  id: string
  hash: string
  operation: SyncOperation | null
  refused: OperationErrorBody | null
}

export interface ShapeLimits {
  operations: number
  operationBytes: number
}

const ownFields = new Set<string>(
  Object.keys({
    id: 0,
    type: 0,
    entityType: 0,
    entityId: 0,
    data: 0,
    base: 0,
    baseVersion: 0,
    editedAt: 0,
    conflictId: 0,
    timestamp: 0,
    priority: 0,
  } satisfies Record<keyof Required<SyncOperation>, 0>),
)

export const refusal = (code: string, message: string, path?: string): OperationErrorBody =>
  path === undefined ? { code, message } : { code, message, path }

/** Length in UTF-8, without a buffer for the bytes. */
export const utf8Length = (text: string): number => {
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1
  }
  return bytes
}

const join = (path: string, key: string | number): string => {
  if (typeof key === 'number') return `${path}[${key}]`
  // A field of `data` is named alone, one of `base` with its parent (protocol.md, "Shape").
  return path === '' || path === 'data' ? key : `${path}.${key}`
}

/** Path of the first value that no store could give back as it was sent, or `null`. */
const unstorable = (value: unknown, path: string): string | null => {
  if (typeof value === 'string') return isStorableText(value) ? null : path
  if (typeof value === 'number') return Number.isFinite(value) ? null : path
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = unstorable(value[index], join(path, index))
      if (found !== null) return found
    }
    return null
  }
  if (!isObject(value)) return null
  for (const key of Object.keys(value)) {
    if (!isStorableText(key) || (key === '__proto__' && path !== '' && path !== 'data')) return path
    const found = unstorable(value[key], join(path, key))
    if (found !== null) return found
  }
  return null
}

/** A path that could not be stored either names nothing to anybody. */
const printable = (path: string): string => (isStorableText(path) ? path : 'data')

const asRefusal = (error: unknown, prefix = ''): OperationErrorBody => {
  if (!(error instanceof SyncError)) throw error
  return refusal(error.code, error.message, error.path === undefined ? undefined : `${prefix}${error.path}`)
}

const checkData = (type: EntityType, operation: SyncOperation): OperationErrorBody | null => {
  if (operation.type !== 'delete') {
    if (operation.data === undefined) return refusal('VALIDATION', 'data is missing', 'data')
    const isEmpty = Object.keys(operation.data).length === 0
    if (operation.type === 'update' && isEmpty && operation.conflictId === undefined)
      return refusal('VALIDATION', 'an update without a field decides a conflict, or nothing', 'data')
    try {
      validateFields(type, operation.data, operation.type === 'update')
    } catch (error) {
      return asRefusal(error)
    }
  }
  for (const field of Object.keys(operation.base ?? {}))
    if (!Object.hasOwn(type.fields, field))
      return refusal('UNKNOWN_FIELD', `${type.name} has no field "${field}"`, `base.${field}`)
  if (operation.type !== 'create' && operation.baseVersion === undefined)
    return refusal('VALIDATION', 'baseVersion is missing', 'baseVersion')
  return null
}

const check = (schema: Schema, element: Record<string, unknown>, bytes: number, limits: ShapeLimits) => {
  if (bytes > limits.operationBytes)
    return refusal('TOO_LARGE', `the operation is larger than ${limits.operationBytes} bytes`)
  const unknown = Object.keys(element).find((key) => !ownFields.has(key))
  if (unknown !== undefined)
    return refusal('UNKNOWN_FIELD', 'an operation has no such field', printable(unknown))
  const path = unstorable(element, '')
  if (path !== null)
    return refusal(
      'VALIDATION',
      'holds U+0000, a lone surrogate, a reserved key or a number out of range',
      printable(path),
    )
  const parsed = v.safeParse(operationSchema, element, { abortEarly: true })
  if (!parsed.success) {
    const [issue] = parsed.issues
    return refusal('VALIDATION', issue.message, issuePath(issue))
  }
  const operation = parsed.output
  const type = Object.hasOwn(schema.types, operation.entityType)
    ? schema.types[operation.entityType]
    : undefined
  if (type === undefined)
    return refusal('UNKNOWN_TYPE', `"${operation.entityType}" is no entity type of this schema`, 'entityType')
  return checkData(type, operation)
}

/**
 * Reads the elements of an upload. What is no object with a usable id cannot be answered on its own, so it fails the
 * request; everything else gets a verdict of its own.
 */
export const readOperations = (
  schema: Schema,
  elements: readonly unknown[],
  limits: ShapeLimits,
  hash: (text: string) => string,
): Candidate[] => {
  if (elements.length > limits.operations)
    throw new SyncError('TOO_MANY_OPERATIONS', `at most ${limits.operations} operations a request`, {
      path: 'operations',
    })
  return elements.map((element, index) => {
    if (!isObject(element) || !v.is(operationId, Object.hasOwn(element, 'id') ? element.id : undefined))
      throw new SyncError(
        'INVALID_REQUEST',
        'an operation is an object with an id of 1-64 visible ASCII characters',
        {
          path: `operations[${index}]`,
        },
      )
    const text = canonicalJson(element as JsonObject as JsonValue)
    const refused = check(schema, element, utf8Length(text), limits)
    return {
      index,
      id: element.id as string,
      hash: hash(text),
      operation: refused === null ? (element as unknown as SyncOperation) : null,
      refused,
    }
  })
}

/** The temp id that an element wants to be known by, usable or not. */
export const tempIdOf = (element: unknown): string | null => {
  const id = isObject(element) && Object.hasOwn(element, 'entityId') ? element.entityId : null
  return isTempId(id) && isStorableText(id) ? id : null
}
