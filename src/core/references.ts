import { produce } from 'immer'
import type { EntityId, JsonObject, JsonValue } from '../protocol/json.ts'
import { isObject } from '../protocol/json.ts'
import type { EntityType, ReferenceRule } from '../protocol/schema.ts'

export interface Reference {
  /** Declared path, not the concrete one: `items[].petId`. */
  path: string
  type: string
  id: EntityId
}

type Visit = (holder: Record<string, unknown> | unknown[], key: string | number, rule: ReferenceRule) => void

const walk = (rule: ReferenceRule, holder: unknown, step: number, visit: Visit): void => {
  const name = rule.steps[step] as string
  const isLast = step === rule.steps.length - 1
  const each = (container: Record<string, unknown> | unknown[], key: string | number) => {
    if (isLast) visit(container, key, rule)
    else walk(rule, (container as Record<string | number, unknown>)[key], step + 1, visit)
  }
  if (name === '[]') {
    if (Array.isArray(holder)) for (let index = 0; index < holder.length; index++) each(holder, index)
  } else if (name === '{}') {
    if (isObject(holder)) for (const key of Object.keys(holder)) each(holder, key)
  } else if (isObject(holder) && Object.hasOwn(holder, name)) each(holder, name)
}

const isId = (value: unknown): value is EntityId =>
  (typeof value === 'string' && value !== '') || Number.isSafeInteger(value)

const read = (rule: ReferenceRule, value: unknown): Reference | null => {
  if (!rule.poly) return isId(value) ? { path: rule.path, type: rule.to as string, id: value } : null
  if (!isObject(value) || typeof value.type !== 'string' || !isId(value.id)) return null
  return { path: rule.path, type: value.type, id: value.id }
}

/** Every declared reference in `data`, in declaration order; whole values only, never text inside a value. */
export const referencesOf = (type: EntityType, data: JsonObject | null | undefined): Reference[] => {
  const found: Reference[] = []
  if (data === null || data === undefined) return found
  for (const rule of type.references)
    walk(rule, data, 0, (holder, key) => {
      const reference = read(rule, (holder as Record<string | number, unknown>)[key])
      if (reference !== null) found.push(reference)
    })
  return found
}

/** `data` with every declared reference replaced by what `replace` answers; the same object where nothing changes. */
export const mapReferences = (
  type: EntityType,
  data: JsonObject,
  replace: (reference: Reference) => EntityId,
): JsonObject => {
  if (type.references.length === 0) return data
  return produce(data, (draft) => {
    for (const rule of type.references)
      walk(rule, draft, 0, (holder, key) => {
        const slots = holder as Record<string | number, JsonValue>
        const reference = read(rule, slots[key])
        if (reference === null) return
        const id = replace(reference)
        if (id === reference.id) return
        if (rule.poly) (slots[key] as JsonObject).id = id
        else slots[key] = id
      })
  })
}
