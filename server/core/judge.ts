import { sameValue } from '../../src/core/canonical.ts'
import { collidingFields, differingFields, withChanges } from '../../src/core/merge.ts'
import type { EntityId, JsonObject } from '../../src/protocol/json.ts'
import type { ConflictReason, OperationErrorBody } from '../../src/protocol/messages.ts'
import { newTempId, resolveId } from './ids.ts'
import {
  applied,
  appliedWithoutRow,
  type Item,
  may,
  type Pass,
  rejected,
  type Verdict,
  write,
} from './pass.ts'
import { brokenReference, resolved } from './references.ts'
import { refusal } from './shape.ts'
import { isLive, modifiedAtOf, type WorkingRecord } from './working.ts'

interface Disagreement {
  reason: ConflictReason
  fields: string[]
  clientData: JsonObject | null
}

const conflict = (pass: Pass, item: Item, record: WorkingRecord, found: Disagreement): Verdict => {
  // A conflict shows the row, so it is no answer for somebody who may not see it.
  if (!may(pass.rules, 'read', item.type.name))
    return rejected(item, refusal('FORBIDDEN', 'not allowed to see this record'))
  return {
    result: { id: item.operation.id, status: 'conflict', entityId: record.id },
    draft: {
      ...found,
      record,
      operation: item.operation,
      serverData: record.data,
      serverVersion: record.version,
      serverModifiedAt: modifiedAtOf(record),
      serverEdit: record.edit,
      by: record.by,
      existing: item.operation.conflictId ?? null,
    },
  }
}

const allFieldsIfNone = (fields: string[], changes: JsonObject): string[] =>
  fields.length === 0 ? Object.keys(changes) : fields

const complaintOf = (
  pass: Pass,
  item: Item,
  record: WorkingRecord,
  data: JsonObject,
): OperationErrorBody | null => {
  const complaint = pass.rules.validate?.(
    { entityType: item.type.name, id: record.id, data, before: record.data },
    pass.rules.identity,
  )
  return complaint === undefined || complaint === null
    ? null
    : refusal('VALIDATION', complaint.message, complaint.path)
}

/** Stores a row whose references hold, unless the app's own rule refuses it. */
const store = (pass: Pass, item: Item, record: WorkingRecord, data: JsonObject): Verdict => {
  const complaint = complaintOf(pass, item, record, data)
  return complaint === null ? write(pass, item, record, data) : rejected(item, complaint)
}

const alreadyMapped = (pass: Pass, item: Item, record: WorkingRecord, data: JsonObject): Verdict => {
  if (isLive(record) && sameValue(record.data, resolved(pass, item, data))) return applied(item, record)
  const existing = { entityId: record.id, version: record.version, data: record.data }
  const error = refusal('ALREADY_EXISTS', `this temporary id already stands for a ${item.type.name}`)
  return rejected(item, may(pass.rules, 'read', item.type.name) ? { ...error, existing } : error)
}

const createNew = (pass: Pass, item: Item, tempId: string, data: JsonObject): Verdict => {
  const mapping = pass.snapshot.mapped.get(tempId)
  const known =
    mapping === undefined ? pass.working.created.get(tempId) : pass.working.get(item.type.name, mapping.id)
  if (known !== undefined) return alreadyMapped(pass, item, known, data)
  const record = pass.working.get(item.type.name, pass.snapshot.reserved.get(tempId) as EntityId)
  const broken = brokenReference(pass, item, data, record)
  if (broken !== null) return rejected(item, broken)
  const verdict = store(pass, item, record, withChanges(null, resolved(pass, item, data)))
  if (verdict.wrote !== undefined) pass.working.created.set(tempId, record)
  return verdict
}

/** A create of a server id: the only way to bring a deleted record back. */
const revive = (pass: Pass, item: Item, record: WorkingRecord, data: JsonObject): Verdict => {
  if (record.version === null)
    return rejected(item, refusal('NOT_FOUND', `there was never such a ${item.type.name}`, 'entityId'))
  const broken = brokenReference(pass, item, data, record)
  if (broken !== null) return rejected(item, broken)
  const row = withChanges(null, resolved(pass, item, data))
  if (!isLive(record)) return store(pass, item, record, row)
  return conflict(pass, item, record, {
    reason: 'changed',
    fields: differingFields(record.data, row),
    clientData: row,
  })
}

const update = (pass: Pass, item: Item, record: WorkingRecord, sent: JsonObject): Verdict => {
  const broken = brokenReference(pass, item, sent, record)
  if (broken !== null) return rejected(item, broken)
  const { base, baseVersion } = item.operation
  const changes = resolved(pass, item, sent)
  const colliding = base === undefined ? Object.keys(changes) : collidingFields(base, record.data, changes)
  if (!isLive(record)) {
    return conflict(pass, item, record, {
      reason: 'deleted',
      fields: allFieldsIfNone(colliding, changes),
      clientData: changes,
    })
  }
  if (baseVersion === record.version) return store(pass, item, record, withChanges(record.data, changes))
  // The one place where a moved row is met. Merging comes here: no colliding field will answer `merged`.
  return conflict(pass, item, record, {
    reason: 'changed',
    fields: allFieldsIfNone(colliding, changes),
    clientData: changes,
  })
}

const remove = (pass: Pass, item: Item, record: WorkingRecord): Verdict => {
  if (!isLive(record)) return applied(item, record)
  if (item.operation.baseVersion !== record.version)
    return conflict(pass, item, record, { reason: 'changed', fields: [], clientData: null })
  const children = pass.findings.blocked.get(item.index)
  if (children !== undefined)
    return conflict(pass, item, record, {
      reason: 'has-children',
      fields: [...children].sort(),
      clientData: null,
    })
  return write(pass, item, record, null)
}

/** `data: {}` on a conflict: the server's side is accepted. Closes, writes nothing, is never refused for a right. */
const acceptServer = (pass: Pass, item: Item, record: WorkingRecord): Verdict => {
  if (!may(pass.rules, 'read', item.type.name))
    return { result: { id: item.operation.id, status: 'applied', entityId: record.id } }
  const verdict = applied(item, record)
  if (isLive(record) && record.version === item.operation.baseVersion) return verdict
  // Of a deleted row the device is always told: `applied` alone would leave it with a row that is live and empty.
  return {
    result: {
      ...verdict.result,
      status: 'merged',
      data: record.data,
      merge: { fields: [], lost: [], serverData: record.data, serverVersion: record.version },
    },
  }
}

const decided = (pass: Pass, item: Item, conflictId: number, target: EntityId | null): Verdict | null => {
  const found = pass.working.conflict(conflictId)
  const isOwn =
    found !== null &&
    found.row.userId === pass.rules.identity.userId &&
    found.row.entityType === item.type.name &&
    found.row.entityId === target
  if (!isOwn || target === null)
    return rejected(item, refusal('NOT_FOUND', 'no such conflict of this record', 'conflictId'))
  if (found.isOpen) return null
  const record = pass.working.get(item.type.name, target)
  const row = may(pass.rules, 'read', item.type.name)
    ? { serverData: record.data, serverVersion: record.version }
    : {}
  return {
    result: {
      id: item.operation.id,
      status: 'rejected',
      error: refusal('ALREADY_RESOLVED', 'this conflict is already closed'),
      conflict: { conflictId, state: 'resolved', ...row },
    },
  }
}

const judgeTarget = (pass: Pass, item: Item): Verdict => {
  const { operation, type } = item
  const data = operation.data ?? {}
  const acceptsServer =
    operation.type === 'update' && operation.conflictId !== undefined && Object.keys(data).length === 0
  if (!acceptsServer && !may(pass.rules, operation.type, type.name))
    return rejected(item, refusal('FORBIDDEN', `not allowed to ${operation.type} a ${type.name}`))
  const tempId = newTempId(type, operation.entityId)
  const isCreated = (id: string) => pass.working.created.has(id)
  const target = resolveId(type, operation.entityId, 'entityId', pass.snapshot, isCreated)
  if (target.kind === 'invalid') return rejected(item, target.error)
  const id = target.kind === 'real' ? target.id : null
  if (operation.conflictId !== undefined) {
    const closed = decided(pass, item, operation.conflictId, id)
    if (closed !== null) return closed
  }
  if (operation.type === 'create' && tempId !== null) return createNew(pass, item, tempId, data)
  if (id === null) {
    if (operation.type === 'delete') return appliedWithoutRow(item, operation.entityId)
    return rejected(item, refusal('DEPENDENCY_FAILED', `this ${type.name} is not there yet`, 'entityId'))
  }
  const record = pass.working.get(type.name, id)
  if (acceptsServer) return acceptServer(pass, item, record)
  if (operation.type === 'create') return revive(pass, item, record, data)
  return operation.type === 'update' ? update(pass, item, record, data) : remove(pass, item, record)
}

/** The verdict on one operation, given all that was judged before it in this pass. */
export const judge = (pass: Pass, item: Item): Verdict => {
  const refused = pass.findings.refused.get(item.index)
  if (refused !== undefined) return rejected(item, refused)
  const verdict = judgeTarget(pass, item)
  const { conflictId } = item.operation
  const isDecided = verdict.result.status === 'applied' || verdict.result.status === 'merged'
  if (conflictId === undefined || !isDecided) return verdict
  pass.working.close(conflictId)
  return { ...verdict, closes: conflictId }
}
