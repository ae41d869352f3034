import { mapReferences, referencesOf } from '../../src/core/references.ts'
import type { JsonObject } from '../../src/protocol/json.ts'
import type { OperationErrorBody } from '../../src/protocol/messages.ts'
import { resolveId } from './ids.ts'
import type { Item, Pass } from './pass.ts'
import { refusal } from './shape.ts'
import type { WorkingRecord } from './working.ts'

/** A reserved id counts unless its create failed; one whose create is still to be judged is taken on trust and noted. */
const countsOn = (pass: Pass, item: Item) => (tempId: string) => {
  if (pass.findings.failed.has(tempId)) return false
  if (!pass.working.created.has(tempId)) pass.assumed.add(tempId)
  if (item.operation.type === 'create') {
    const own = String(item.operation.entityId)
    const uses = pass.uses.get(own)
    if (uses === undefined) pass.uses.set(own, new Set([tempId]))
    else uses.add(tempId)
  }
  return true
}

/** `data` with the temp ids that stand for something replaced; what stands for nothing stays as it was sent. */
export const resolved = (pass: Pass, item: Item, data: JsonObject): JsonObject =>
  mapReferences(item.type, data, (reference) => {
    const type = Object.hasOwn(pass.rules.schema.types, reference.type)
      ? pass.rules.schema.types[reference.type]
      : undefined
    if (type === undefined) return reference.id
    const found = resolveId(type, reference.id, reference.path, pass.snapshot, countsOn(pass, item))
    return found.kind === 'real' ? found.id : reference.id
  })

/** The first reference of an operation that cannot stand, or `null`. `record` is the one it belongs to. */
export const brokenReference = (
  pass: Pass,
  item: Item,
  data: JsonObject,
  record: WorkingRecord,
): OperationErrorBody | null => {
  const present = new Set(
    referencesOf(item.type, record.data).map(
      (reference) => `${reference.path} ${reference.type} ${reference.id}`,
    ),
  )
  for (const reference of referencesOf(item.type, data)) {
    const { path } = reference
    const type = Object.hasOwn(pass.rules.schema.types, reference.type)
      ? pass.rules.schema.types[reference.type]
      : undefined
    if (type === undefined)
      return refusal('FK_VIOLATION', `"${reference.type}" is no entity type of this schema`, path)
    const found = resolveId(type, reference.id, path, pass.snapshot, countsOn(pass, item))
    if (found.kind === 'invalid') return found.error
    if (found.kind === 'unmapped')
      return refusal('DEPENDENCY_FAILED', `the ${type.name} that ${path} refers to is not there yet`, path)
    if (reference.type === record.entityType && found.id === record.id) continue
    if (present.has(`${path} ${reference.type} ${found.id}`)) continue
    const isToCome =
      typeof reference.id === 'string' &&
      pass.snapshot.reserved.has(reference.id) &&
      !pass.working.created.has(reference.id)
    if (isToCome) continue
    const presence = pass.working.presence(reference.type, found.id)
    if (presence === 'gone')
      return refusal('PARENT_DELETED', `the ${type.name} that ${path} refers to is deleted`, path)
    if (presence === 'unknown')
      return refusal('FK_VIOLATION', `there is no ${type.name} that ${path} refers to`, path)
  }
  return null
}
