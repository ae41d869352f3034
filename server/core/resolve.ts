import { canonicalJson } from '../../src/core/canonical.ts'
import { collidingFields, differingFields } from '../../src/core/merge.ts'
import { validateFields } from '../../src/core/validate.ts'
import { SyncError, type SyncErrorCode } from '../../src/protocol/errors.ts'
import type { JsonObject } from '../../src/protocol/json.ts'
import type {
  OperationErrorBody,
  ResolveConflictAnswer,
  ResolveConflictRequest,
} from '../../src/protocol/messages.ts'
import type { SyncOperation } from '../../src/protocol/operation.ts'
import { keyOfRef, msOf } from './keys.ts'
import { may } from './pass.ts'
import { refreshed, runOperations } from './run.ts'
import { readOperations } from './shape.ts'
import type { ConflictRow, StoredRow, WriteTx } from './store.ts'
import { type Caller, rulesOf, type Server, writeOptions } from './upload.ts'

/** A 409 with the row that its caller has to look at. It is an answer, not a failure: what it refreshed is kept. */
export interface Moved {
  code: 'CONFLICT_MOVED' | 'ALREADY_RESOLVED'
  serverData: JsonObject | null
  serverVersion: number | null
}

export type ResolveOutcome = { answer: ResolveConflictAnswer } | { moved: Moved }

const invalid = (message: string, path = 'resolution.data'): SyncError =>
  new SyncError('INVALID_REQUEST', message, { path })

const checkData = ({ resolution }: ResolveConflictRequest): void => {
  const { strategy, data } = resolution
  if (strategy === 'merge' && data === undefined) throw invalid('a merge needs the fields that it changes')
  if (strategy !== 'merge' && data !== undefined) throw invalid('data belongs to a merge only')
}

/** The decision operation that a resolution stands for, against the row as it is. */
const decisionOf = <Hook>(
  server: Server<Hook>,
  conflict: ConflictRow,
  row: StoredRow | null,
  { resolution }: ResolveConflictRequest,
  id: string,
): SyncOperation => {
  const { entityType, entityId, conflictId } = conflict
  const head = { id, entityType, entityId, conflictId }
  const type = server.schema.types[entityType]
  const present = row?.data ?? null
  const baseVersion = row?.version ?? 0
  const isAccepted =
    resolution.strategy === 'server-wins' || Object.keys(resolution.data ?? { keep: 0 }).length === 0
  if (isAccepted) return { ...head, type: 'update', data: {}, baseVersion }
  if (resolution.strategy === 'client-wins' && conflict.operationType === 'delete')
    return { ...head, type: 'delete', baseVersion }
  const data = (resolution.strategy === 'merge' ? resolution.data : conflict.clientData) ?? {}
  if (present !== null) return { ...head, type: 'update', data, base: baseOf(present, data), baseVersion }
  if (type !== undefined) {
    try {
      validateFields(type, data, false)
    } catch {
      throw invalid('the record is deleted: only the whole row can bring it back')
    }
  }
  return { ...head, type: 'create', data }
}

const baseOf = (row: JsonObject, changes: JsonObject): JsonObject => {
  const base: JsonObject = {}
  for (const field of Object.keys(changes))
    base[field] = (Object.hasOwn(row, field) ? row[field] : undefined) ?? null
  return base
}

/** The server side of a conflict, judged anew against the row as it is. */
const judgedAnew = (conflict: ConflictRow, row: StoredRow | null): ConflictRow => {
  const present = row?.data ?? null
  const { clientData, baseData, operationType } = conflict
  const reason =
    present === null ? 'deleted' : conflict.reason === 'has-children' ? 'has-children' : 'changed'
  const fieldsOf = (): string[] => {
    if (reason === 'has-children') return conflict.fields
    if (clientData === null) return []
    if (operationType === 'create') return differingFields(present, clientData)
    const colliding = baseData === null ? [] : collidingFields(baseData, present, clientData)
    return colliding.length === 0 ? Object.keys(clientData) : colliding
  }
  return refreshed(conflict, {
    reason,
    fields: fieldsOf(),
    serverData: present,
    serverVersion: row?.version ?? null,
    by: row?.by ?? null,
  })
}

/** A refusal of the decision, told as a problem of the whole request. */
const asProblem = (error: OperationErrorBody): SyncError => {
  const code: SyncErrorCode = error.code === 'FORBIDDEN' ? 'FORBIDDEN' : 'INVALID_REQUEST'
  return new SyncError(code, `${error.code}: ${error.message}`, {
    path: error.path === undefined ? 'resolution' : `resolution.data.${error.path}`,
  })
}

const rowOf = async (tx: WriteTx, conflict: ConflictRow): Promise<StoredRow | null> =>
  (await tx.rows([{ entityType: conflict.entityType, id: conflict.entityId }]))[0] ?? null

/** `/resolve-conflict`: makes the decision operation and runs it as if a device had sent it. */
export const resolveConflict = async <Hook>(
  server: Server<Hook>,
  caller: Caller,
  body: ResolveConflictRequest,
): Promise<ResolveOutcome> => {
  checkData(body)
  const { tenantId, userId } = caller.identity
  const rules = rulesOf(server, caller, userId)
  const hash = server.hash(canonicalJson({ ...body.resolution }))
  return server.store.write(
    tenantId,
    writeOptions(server, caller, 1),
    async (tx): Promise<ResolveOutcome> => {
      const [conflict] = await tx.conflicts([body.conflictId])
      const isOwn = conflict?.userId === userId && Object.hasOwn(server.schema.types, conflict.entityType)
      if (!isOwn || !may(rules, 'read', conflict.entityType))
        throw new SyncError('NOT_FOUND', 'no such conflict')
      const row = await rowOf(tx, conflict)
      const moved = (code: Moved['code']): ResolveOutcome => ({
        moved: { code, serverData: row?.data ?? null, serverVersion: row?.version ?? null },
      })
      if (conflict.state === 'resolved') {
        if (conflict.resolution?.hash !== hash) return moved('ALREADY_RESOLVED')
        return { answer: conflict.resolution.answer as unknown as ResolveConflictAnswer }
      }
      const expected = body.expectedVersion ?? conflict.serverVersion
      if ((row?.version ?? null) !== expected) {
        await tx.save(userId, { index: [], mappings: [], conflicts: [judgedAnew(conflict, row)], ledger: [] })
        return moved('CONFLICT_MOVED')
      }
      // Its place in the feed makes the id one that no device has used.
      const operation = decisionOf(
        server,
        conflict,
        row,
        body,
        `resolve-${conflict.conflictId}-${tx.firstSeq}`,
      )
      const [candidate] = readOperations(server.schema, [operation], server.limits, server.hash)
      if (candidate === undefined || candidate.refused !== null)
        throw asProblem(candidate?.refused ?? { code: 'INVALID_REQUEST', message: 'no decision' })
      const { results, rows, saved } = await runOperations(tx, rules, server.order, [{ index: 0, operation }])
      const result = results.get(0)
      if (result === undefined) throw new SyncError('SERVER_ERROR', 'the decision got no verdict')
      if (result.status === 'rejected')
        throw asProblem(result.error ?? { code: 'INVALID_REQUEST', message: 'refused' })
      const ledger = [{ operationId: operation.id, clientId: userId, hash: candidate.hash, verdict: result }]
      if (result.status === 'conflict') {
        await tx.save(userId, { ...saved, ledger })
        return moved('CONFLICT_MOVED')
      }
      const [written] = saved.index
      const data = written === undefined ? (row?.data ?? null) : (rows.get(keyOfRef(written)) ?? null)
      const version = written?.version ?? row?.version
      const seq = written?.seq ?? row?.seq
      const entity =
        data === null || version === undefined || seq === undefined
          ? null
          : { entityType: conflict.entityType, id: conflict.entityId, version, modifiedAt: msOf(seq), data }
      const answer: ResolveConflictAnswer = { success: true, entity }
      const conflicts = saved.conflicts.map((closed) =>
        closed.conflictId === conflict.conflictId
          ? { ...closed, resolution: { hash, answer: answer as unknown as JsonObject } }
          : closed,
      )
      await tx.save(userId, { ...saved, conflicts, ledger })
      return { answer }
    },
  )
}
