import { SyncError } from './errors.ts'
import type { EntityId, JsonObject, JsonValue } from './json.ts'
import { isObject } from './json.ts'

/** Kinds of value a field may hold; the screen formats by them and both sides check them. */
export type FieldType =
  | 'text'
  | 'longtext'
  | 'number'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'enum'
  | 'ref'
  | 'list'
  | 'object'
  | 'json'

export interface FieldDefinition {
  type: FieldType
  /** What people read; a humanised name where it is missing. */
  label?: string
  required?: boolean
  /** `enum`: the values allowed. */
  values?: readonly string[]
}

/**
 * Where a reference points. Paths: `clientId` · `owner.clientId` · `tagIds[]` · `items[].petId` · `byPet{}` (its values);
 * `poly`: the value at the path is `{ type, id }`.
 */
export interface ReferenceDefinition {
  to?: string
  poly?: boolean
  required?: boolean
  label?: string
}

/** How disagreements about a type are met. Only what the engine reads is here; strategies grow with it. */
export interface ConflictPolicy {
  /** Who wins a disagreement; `manual` (default) asks a person. */
  strategy?: 'manual' | 'server-wins' | 'client-wins'
}

export interface EntityDefinition {
  label?: string
  plural?: string
  /** Field whose value names a record to people. */
  titleField?: string
  /** `integer` (default): the server gives safe integers, and `'42'` is read as 42 at the edge. */
  id?: 'integer' | 'string'
  fields: Record<string, FieldDefinition>
  references?: Record<string, string | ReferenceDefinition>
  conflict?: ConflictPolicy
}

export interface SchemaDefinition {
  /** Starts at 1 and rises with every change of shape. */
  version: number
  entities: Record<string, EntityDefinition>
}

/** A reference with its path taken apart: `items[].petId` → `['items', '[]', 'petId']`. */
export interface ReferenceRule {
  path: string
  steps: readonly string[]
  to: string | null
  poly: boolean
  required: boolean
}

export interface EntityType {
  name: string
  label: string
  plural: string
  titleField: string | null
  id: 'integer' | 'string'
  fields: Readonly<
    Record<
      string,
      Required<Pick<FieldDefinition, 'type' | 'label' | 'required'>> & { values?: readonly string[] }
    >
  >
  references: readonly ReferenceRule[]
  conflict: Required<ConflictPolicy>
}

export interface Schema<D extends SchemaDefinition = SchemaDefinition> {
  version: number
  types: Readonly<Record<string, EntityType>>
  /** Carries the declared shape in the type only. */
  readonly definition: D
}

type FieldValue<F extends FieldDefinition> = F['type'] extends 'text' | 'longtext' | 'date' | 'datetime'
  ? string
  : F['type'] extends 'enum'
    ? F['values'] extends readonly (infer V extends string)[]
      ? V
      : string
    : F['type'] extends 'number'
      ? number
      : F['type'] extends 'boolean'
        ? boolean
        : F['type'] extends 'ref'
          ? EntityId
          : F['type'] extends 'list'
            ? JsonValue[]
            : F['type'] extends 'object'
              ? JsonObject
              : JsonValue

type IsTopLevel<P extends string> = P extends `${string}.${string}` | `${string}[]` | `${string}{}`
  ? never
  : P
type Requires<R> = R extends { required: true } ? true : false
type RefKeys<E extends EntityDefinition> =
  E['references'] extends Record<string, unknown> ? IsTopLevel<Extract<keyof E['references'], string>> : never
type RequiredRefKeys<E extends EntityDefinition> = {
  [K in RefKeys<E>]: Requires<NonNullable<E['references']>[K]> extends true ? K : never
}[RefKeys<E>]
type RequiredKeys<E extends EntityDefinition> = {
  [K in keyof E['fields']]: E['fields'][K]['required'] extends true ? K : never
}[keyof E['fields']]

type Flatten<T> = { [K in keyof T]: T[K] }

/** What `entities.create` takes and a record's `data` holds, per declared type. */
export type EntityData<D extends SchemaDefinition, T extends keyof D['entities']> = Flatten<
  { [K in RequiredKeys<D['entities'][T]>]: FieldValue<D['entities'][T]['fields'][K]> } & {
    [K in Exclude<keyof D['entities'][T]['fields'], RequiredKeys<D['entities'][T]>>]?: FieldValue<
      D['entities'][T]['fields'][K]
    > | null
  } & { [K in RequiredRefKeys<D['entities'][T]>]: EntityId } & {
    [K in Exclude<RefKeys<D['entities'][T]>, RequiredRefKeys<D['entities'][T]>>]?: EntityId | null
  }
>

const namePattern = /^[A-Za-z][A-Za-z0-9_]{0,62}$/
const pathPattern = /^[A-Za-z_][A-Za-z0-9_]*(\[\]|\{\})?(\.[A-Za-z_][A-Za-z0-9_]*(\[\]|\{\})?)*$/

/** `ownerPhone` → `Owner phone` */
export const humanise = (name: string): string => {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const fail = (path: string, message: string): never => {
  throw new SyncError('INVALID_SCHEMA', `${path}: ${message}`, { path })
}

const referenceSteps = (path: string): string[] =>
  path
    .split('.')
    .flatMap((step) => (/(\[\]|\{\})$/.test(step) ? [step.slice(0, -2), step.slice(-2)] : [step]))

const toRule = (
  at: string,
  path: string,
  declared: string | ReferenceDefinition,
  entities: Record<string, EntityDefinition>,
): ReferenceRule => {
  const reference = typeof declared === 'string' ? { to: declared } : declared
  if (!pathPattern.test(path)) fail(at, `"${path}" is no reference path`)
  const poly = reference.poly === true
  if (poly === (reference.to !== undefined)) fail(at, 'a reference names its type in `to`, or is `poly`')
  if (reference.to !== undefined && !Object.hasOwn(entities, reference.to))
    fail(at, `the type "${reference.to}" is not declared`)
  return {
    path,
    steps: referenceSteps(path),
    to: reference.to ?? null,
    poly,
    required: reference.required === true,
  }
}

const toEntityType = (
  name: string,
  declared: EntityDefinition,
  entities: Record<string, EntityDefinition>,
): EntityType => {
  const at = `entities.${name}`
  if (!namePattern.test(name)) fail(at, 'a type is named by letters, digits and _')
  if (!isObject(declared.fields)) fail(`${at}.fields`, 'missing')
  const references = Object.entries(declared.references ?? {}).map(([path, reference]) =>
    toRule(`${at}.references.${path}`, path, reference, entities),
  )
  const fields: Record<string, EntityType['fields'][string]> = {}
  for (const [field, definition] of Object.entries(declared.fields)) {
    if (!namePattern.test(field) || field === 'id') fail(`${at}.fields.${field}`, 'not a name for a field')
    fields[field] = {
      type: definition.type,
      label: definition.label ?? humanise(field),
      required: definition.required === true,
      ...(definition.values === undefined ? {} : { values: definition.values }),
    }
  }
  for (const rule of references) {
    const [head] = rule.steps as [string]
    if (Object.hasOwn(fields, head)) continue
    const reference = declared.references?.[rule.path]
    const label = typeof reference === 'object' ? reference.label : undefined
    fields[head] = {
      type: rule.steps.length > 1 || rule.poly ? 'json' : 'ref',
      label: label ?? humanise(head.replace(/Id$/, '')),
      required: rule.steps.length === 1 && rule.required,
    }
  }
  const titleField = declared.titleField ?? (Object.hasOwn(fields, 'name') ? 'name' : null)
  if (titleField !== null && !Object.hasOwn(fields, titleField))
    fail(`${at}.titleField`, `no field "${titleField}"`)
  const label = declared.label ?? humanise(name)
  return {
    name,
    label,
    plural: declared.plural ?? `${label}s`,
    titleField,
    id: declared.id ?? 'integer',
    fields,
    references,
    conflict: { strategy: declared.conflict?.strategy ?? 'manual' },
  }
}

/**
 * Declares what an app stores. Throws `SyncError` `INVALID_SCHEMA` with the path of what is wrong.
 * The same schema is given to `createSyncEngine` and to `createSyncHandler`.
 */
export const defineSchema = <const D extends SchemaDefinition>(definition: D): Schema<D> => {
  if (!Number.isSafeInteger(definition.version) || definition.version < 1)
    fail('version', 'an integer from 1')
  const types: Record<string, EntityType> = {}
  for (const [name, declared] of Object.entries(definition.entities))
    types[name] = toEntityType(name, declared, definition.entities)
  return Object.freeze({ version: definition.version, types: Object.freeze(types), definition })
}

/** The declared type, or `UNKNOWN_TYPE`. */
export const entityTypeOf = (schema: Schema, name: string): EntityType => {
  const type = Object.hasOwn(schema.types, name) ? schema.types[name] : undefined
  if (type === undefined)
    throw new SyncError('UNKNOWN_TYPE', `"${name}" is no entity type of this schema`, { path: 'entityType' })
  return type
}
