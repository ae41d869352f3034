/** Claiming: what may be sent is computed from the rows, frozen, and durable before a request leaves. */
import { own } from '../core/canonical.ts'
import type { ConflictRow, RecordState, StoredOperation } from '../core/model.ts'
import type { Candidate, Plan, Target, WaitReason } from '../core/order.ts'
import { planUpload } from '../core/order.ts'
import { referencesOf } from '../core/references.ts'
import { isTempId } from '../core/temp-id.ts'
import type { JsonObject } from '../protocol/json.ts'
import type { SyncOperation } from '../protocol/operation.ts'
import { entityTypeOf } from '../protocol/schema.ts'
import { reopenConflict } from './conflicts.ts'
import { nameOf } from './keyspace.ts'
import type { Unit } from './unit.ts'

/**
 * UTF-16 units of one batch. The server's limit is 4,194,304 bytes (protocol.md), and a unit takes at most 3 bytes in UTF-8:
 * this leaves room for the envelope.
 */
export const MAX_BATCH_LENGTH = 1_300_000

export interface Batch {
  batchId: number
  clientId: string
  seqs: number[]
  operations: SyncOperation[]
}

const references = (unit: Unit, operation: StoredOperation, row: JsonObject | undefined): Target[] =>
  referencesOf(entityTypeOf(unit.schema, operation.entityType), row).map(({ type, id }) => ({ type, id }))

/** A conflict that also holds what refers to its record: there is no live row to refer to until it is decided. */
const holdsReferrers = (conflict: ConflictRow): boolean =>
  conflict.kind === 'update-delete' || conflict.kind === 'create-create'

const toCandidate = (
  unit: Unit,
  operation: StoredOperation,
  siblings: readonly StoredOperation[],
  heldTargets: ReadonlyMap<string, Target>,
): Candidate => {
  const referred = references(unit, operation, operation.data)
  const needs = [...referred]
  const record = { type: operation.entityType, id: operation.entityId }
  if (operation.type !== 'create' && isTempId(record.id)) needs.push(record)
  const before = references(unit, operation, operation.own)
  const frees =
    operation.type === 'create'
      ? []
      : before.filter(
          (target) => !referred.some((now) => nameOf(now.type, now.id) === nameOf(target.type, target.id)),
        )
  return {
    ...record,
    seq: operation.seq,
    operation: operation.type,
    needs,
    frees,
    priority: operation.priority,
    held: holdOf(operation, siblings, referred, heldTargets),
  }
}

const holdOf = (
  operation: StoredOperation,
  siblings: readonly StoredOperation[],
  referred: readonly Target[],
  heldTargets: ReadonlyMap<string, Target>,
): WaitReason | null => {
  if (siblings.some((other) => other.state === 'sent')) return { kind: 'in-flight' }
  const record = { type: operation.entityType, id: operation.entityId }
  if (operation.decides === undefined) {
    if (siblings.some((other) => other.state === 'conflict')) return { kind: 'conflict', on: record }
    if (siblings.some((other) => other.decides !== undefined)) return { kind: 'decision' }
  }
  const held = referred.find((target) => heldTargets.has(nameOf(target.type, target.id)))
  return held === undefined ? null : { kind: 'conflict', on: held }
}

const byDecision = (all: readonly StoredOperation[], conflict: ConflictRow): StoredOperation | undefined =>
  all.find((operation) => operation.seq === conflict.decision)

/** What may be sent now, in order, and why the rest waits. */
export const planOf = async (unit: Unit): Promise<Plan & { byseq: Map<number, StoredOperation> }> => {
  const all: StoredOperation[] = []
  for (const operation of await unit.allOperations()) all.push(await unit.resolved(operation))
  const byRecord = new Map<string, StoredOperation[]>()
  for (const operation of all) {
    const name = nameOf(operation.entityType, operation.entityId)
    byRecord.set(name, [...(byRecord.get(name) ?? []), operation])
  }
  const heldTargets = new Map<string, Target>()
  for (const conflict of await unit.allConflicts()) {
    if (!holdsReferrers(conflict)) continue
    // A decision that waits to be sent may revive the record: then what refers to it goes behind it, in one request.
    if (conflict.status === 'deciding' && byDecision(all, conflict)?.state === 'unsent') continue
    const id = await unit.resolveId(conflict.entityId)
    heldTargets.set(nameOf(conflict.entityType, id), { type: conflict.entityType, id })
  }
  const candidates = all
    // What is in conflict goes nowhere, but holds what waits for it: the delete of a record that it would free.
    .filter((operation) => operation.state === 'unsent' || operation.state === 'conflict')
    .map((operation) =>
      toCandidate(
        unit,
        operation,
        byRecord.get(nameOf(operation.entityType, operation.entityId)) ?? [],
        heldTargets,
      ),
    )
  return { ...planUpload(candidates), byseq: new Map(all.map((operation) => [operation.seq, operation])) }
}

const frozenBody = (operation: StoredOperation, record: RecordState | null): SyncOperation => {
  const { decides, data } = operation
  const row = decides === undefined ? (record?.base ?? null) : decides.base
  const version = decides === undefined ? (record?.version ?? null) : decides.baseVersion
  const body: SyncOperation = {
    id: operation.id,
    type: operation.type,
    entityType: operation.entityType,
    entityId: operation.entityId,
  }
  if (operation.type !== 'delete') body.data = data ?? {}
  if (operation.type === 'update') {
    const base: JsonObject = {}
    for (const field of Object.keys(data ?? {})) base[field] = own(row, field) ?? null
    body.base = base
  }
  if (operation.type !== 'create') body.baseVersion = version ?? 0
  body.editedAt = operation.editedAt
  if (decides?.serverConflictId !== undefined) body.conflictId = decides.serverConflictId
  return body
}

const batchOf = (clientId: string, batchId: number, operations: readonly StoredOperation[]): Batch => ({
  batchId,
  clientId,
  seqs: operations.map((operation) => operation.seq),
  operations: operations.map((operation) => (operation.frozen as { body: SyncOperation }).body),
})

/** A decision that refers to a record which vanished before it was ever sent could not be: the conflict is open again. */
const undoImpossible = async (unit: Unit): Promise<void> => {
  if (!(await unit.allOperations()).some((operation) => operation.decides !== undefined)) return
  const { waiting, byseq } = await planOf(unit)
  for (const [seq, reason] of waiting) {
    const { decides, entityType, entityId } = byseq.get(seq) as StoredOperation
    if (decides === undefined || reason.kind !== 'unmapped') continue
    if ((await unit.record(reason.on.type, reason.on.id)) !== null) continue
    const message = `${reason.on.type} ${reason.on.id}, which it refers to, is no more`
    await reopenConflict(unit, (await unit.record(entityType, entityId)) as RecordState, decides.conflict, {
      error: { code: 'UNKNOWN_TEMP_ID', message },
    })
  }
}

/**
 * The next batch: what was sent and never answered goes again first, byte for byte; else up to `size` operations that may
 * go are frozen under a new batch. `null` where nothing may go.
 */
export const claimBatch = async (unit: Unit, size: number): Promise<Batch | null> => {
  const { state } = unit
  if (state.counts.sent > 0) {
    const sent = (await unit.allOperations()).flatMap((operation) =>
      operation.state === 'sent' && operation.frozen !== undefined
        ? [{ ...operation, frozen: operation.frozen }]
        : [],
    )
    const batchId = Math.min(...sent.map(({ frozen }) => frozen.batchId))
    const again = sent.filter(({ frozen }) => frozen.batchId === batchId)
    return batchOf(
      state.clientId,
      batchId,
      again.sort((a, b) => a.frozen.place - b.frozen.place),
    )
  }
  if (state.counts.unsent === 0) return null
  await undoImpossible(unit)
  const { ready, byseq } = await planOf(unit)
  if (ready.length === 0) return null
  const batchId = state.next.batch++
  const claimed: StoredOperation[] = []
  let length = 0
  for (const candidate of ready.slice(0, size)) {
    const resolved = byseq.get(candidate.seq) as StoredOperation
    const body = frozenBody(resolved, await unit.record(candidate.type, candidate.id))
    length += JSON.stringify(body).length
    if (claimed.length > 0 && length > MAX_BATCH_LENGTH) break
    const stored = (await unit.operation(candidate.seq)) as StoredOperation
    const frozen: StoredOperation = {
      ...stored,
      state: 'sent',
      frozen: { batchId, place: claimed.length, body },
    }
    await unit.putOperation(frozen)
    claimed.push(frozen)
  }
  return batchOf(state.clientId, batchId, claimed)
}
