import type { EntityId, JsonObject, JsonValue } from '../../src/protocol/json.ts'
import type { EntityType } from '../../src/protocol/schema.ts'

export interface ModelReference {
  path: string
  type: string
  id: EntityId
}

type Replace = (reference: ModelReference) => EntityId

/** A second, plain way to follow reference paths: by recursion over the text of the path, making a new value as it goes. */
const along = (
  value: JsonValue | undefined,
  rest: string,
  visit: (value: JsonValue) => JsonValue,
): JsonValue | undefined => {
  if (value === undefined || value === null) return value
  if (rest === '') return visit(value)
  if (rest.startsWith('[]')) {
    if (!Array.isArray(value)) return value
    return value.map((item) => along(item, rest.slice(2), visit) ?? null)
  }
  if (rest.startsWith('{}')) {
    if (typeof value !== 'object' || Array.isArray(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, along(item, rest.slice(2), visit) ?? null]),
    )
  }
  const [, name, after] = /^\.?([^.[{]+)(.*)$/.exec(rest) as unknown as [string, string, string]
  if (typeof value !== 'object' || Array.isArray(value) || !(name in value)) return value
  return { ...value, [name]: along(value[name], after, visit) ?? null }
}

export const replaceReferences = (
  type: EntityType,
  data: JsonObject,
  replace: (id: EntityId, at: ModelReference) => EntityId,
): JsonObject => {
  let result = data
  const change: Replace = (reference) => replace(reference.id, reference)
  for (const rule of type.references)
    result = along(result, rule.path, (value) => {
      if (rule.poly) {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
        const { type: target, id } = value
        if (typeof target !== 'string' || !(typeof id === 'string' || typeof id === 'number')) return value
        return { ...value, id: change({ path: rule.path, type: target, id }) }
      }
      if (typeof value !== 'string' && typeof value !== 'number') return value
      return change({ path: rule.path, type: rule.to as string, id: value })
    }) as JsonObject
  return result
}

export const modelReferences = (type: EntityType, data: JsonObject | undefined): ModelReference[] => {
  const found: ModelReference[] = []
  if (data !== undefined)
    replaceReferences(type, data, (id, at) => {
      found.push(at)
      return id
    })
  return found
}
