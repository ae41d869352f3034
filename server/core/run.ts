import { differingFields } from '../../src/core/merge.ts'
import type { JsonObject } from '../../src/protocol/json.ts'
import type { ConflictVerdict, OperationErrorBody, OperationResult } from '../../src/protocol/messages.ts'
import { type Decision, decide } from './decide.ts'
import { indexOf, mappingsOf, writesOf } from './effects.ts'
import { keyOfRef } from './keys.ts'
import type { TypeOrder } from './order.ts'
import type { ConflictDraft, Rules, Verdict } from './pass.ts'
import { refusal } from './shape.ts'
import { type Judgeable, loadSnapshot } from './snapshot.ts'
import type { ConflictRow, Saved, WriteTx } from './store.ts'
import type { Snapshot } from './working.ts'

/**
 * Each round the database refuses something new and everything is judged again without it. A chain of operations on one
 * record can be refused one by one; past this many rounds the rest of them is answered "not yet".
 */
const MAX_ROUNDS = 24

interface Run {
  decision: Decision
  stored: ReadonlyMap<string, JsonObject>
  snapshot: Snapshot
}

const judgeAndWrite = async (
  tx: WriteTx,
  rules: Rules,
  order: TypeOrder,
  judgeable: readonly Judgeable[],
): Promise<Run> => {
  const { snapshot, items } = await loadSnapshot(tx, rules.schema, judgeable)
  const refused = new Map<number, OperationErrorBody>()
  for (let round = 1; ; round++) {
    const decision = decide(rules, snapshot, items, order, refused)
    const writes = writesOf(rules.schema, decision.working)
    if (writes.length === 0) return { decision, stored: new Map(), snapshot }
    const outcome = await tx.write(writes)
    if (outcome.refused.size === 0) return { decision, stored: outcome.stored, snapshot }
    for (const [index, error] of outcome.refused) refused.set(index, error)
    if (round < MAX_ROUNDS) continue
    const stuck = new Map(
      items.filter(({ index }) => outcome.refused.has(index)).map(({ key, index }) => [key, index]),
    )
    for (const { index, key } of items)
      if (index > (stuck.get(key) ?? Number.POSITIVE_INFINITY) && !refused.has(index))
        refused.set(
          index,
          refusal('DEPENDENCY_FAILED', 'an earlier operation on this record was refused', 'entityId'),
        )
  }
}

const conflictVerdict = (draft: ConflictDraft, conflictId: number): ConflictVerdict => ({
  conflictId,
  state: 'open',
  conflictType: 'version',
  reason: draft.reason,
  fields: draft.fields,
  serverData: draft.serverData,
  serverVersion: draft.serverVersion,
  serverModifiedAt: draft.serverModifiedAt,
  serverEdit: draft.serverEdit,
  by: draft.by,
})

/** Rows as the database keeps them take the place of what was expected: an app's defaults are no colleague's edit. */
const withStored = (verdicts: readonly Verdict[], { decision, stored }: Run): Verdict[] => {
  if (stored.size === 0) return [...verdicts]
  const last = new Map<string, Verdict>()
  for (const verdict of verdicts) if (verdict.wrote !== undefined) last.set(verdict.wrote.key, verdict)
  return verdicts.map((verdict) => {
    const key = verdict.wrote?.key ?? verdict.draft?.record.key
    const record = key === undefined ? undefined : decision.working.records.get(key)
    const row = key === undefined ? undefined : stored.get(key)
    if (record === undefined || row === undefined || differingFields(record.data, row).length === 0)
      return verdict
    if (verdict.draft !== undefined)
      return verdict.draft.serverData === record.data
        ? { ...verdict, draft: { ...verdict.draft, serverData: row } }
        : verdict
    return last.get(record.key) === verdict
      ? { ...verdict, result: { ...verdict.result, data: row } }
      : verdict
  })
}

const conflictRow = (rules: Rules, draft: ConflictDraft, conflictId: number, seq: number): ConflictRow => ({
  conflictId,
  operationId: draft.operation.id,
  operationType: draft.operation.type,
  clientId: rules.clientId,
  userId: rules.identity.userId,
  entityType: draft.record.entityType,
  entityId: draft.record.id,
  reason: draft.reason,
  fields: draft.fields,
  baseData: draft.operation.base ?? null,
  clientData: draft.clientData,
  serverData: draft.serverData,
  serverVersion: draft.serverVersion,
  by: draft.by,
  state: 'open',
  createdSeq: seq,
  resolvedSeq: null,
  resolvedBy: null,
  resolution: null,
})

/** A conflict with its server side as it now is; what the device sent stays. */
export const refreshed = (
  row: ConflictRow,
  fresh: Pick<ConflictRow, 'reason' | 'fields' | 'serverData' | 'serverVersion' | 'by'>,
): ConflictRow => ({
  ...row,
  reason: fresh.reason,
  fields: fresh.fields,
  serverData: fresh.serverData,
  serverVersion: fresh.serverVersion,
  by: fresh.by,
})

export interface RunOutcome {
  /** By index of the operation. */
  results: ReadonlyMap<number, OperationResult>
  /** By key: written rows as the database keeps them. */
  rows: ReadonlyMap<string, JsonObject | null>
  saved: Saved
}

/** Judges operations, writes what is applied, and answers with what is to be remembered. */
export const runOperations = async (
  tx: WriteTx,
  rules: Rules,
  order: TypeOrder,
  judgeable: readonly Judgeable[],
): Promise<RunOutcome> => {
  const run = await judgeAndWrite(tx, rules, order, judgeable)
  const { decision, snapshot } = run
  const indexes = [...decision.verdicts.keys()]
  const verdicts = withStored(
    indexes.map((index) => decision.verdicts.get(index) as Verdict),
    run,
  )
  const fresh = verdicts.filter(({ draft }) => draft !== undefined && draft.existing === null).length
  const numbers = fresh === 0 ? [] : await tx.allocateConflicts(fresh)
  const conflicts = new Map<number, ConflictRow>()
  const results = new Map<number, OperationResult>()
  for (const [position, { result, draft, closes }] of verdicts.entries()) {
    const index = indexes[position] as number
    results.set(index, result)
    if (draft !== undefined) {
      const conflictId = draft.existing ?? (numbers.shift() as number)
      const known = conflicts.get(conflictId) ?? snapshot.conflicts.get(conflictId)
      conflicts.set(
        conflictId,
        known === undefined
          ? conflictRow(rules, draft, conflictId, snapshot.firstSeq)
          : refreshed(known, draft),
      )
      results.set(index, { ...result, conflict: conflictVerdict(draft, conflictId) })
    }
    const row = closes === undefined ? undefined : (conflicts.get(closes) ?? snapshot.conflicts.get(closes))
    if (row !== undefined)
      conflicts.set(row.conflictId, {
        ...row,
        state: 'resolved',
        resolvedBy: rules.identity.userId,
        resolvedSeq: decision.working.closed.get(row.conflictId) as number,
      })
  }
  const index = indexOf(decision.working)
  const rows = new Map(
    index.map((row) => {
      const key = keyOfRef(row)
      return [key, run.stored.get(key) ?? decision.working.records.get(key)?.data ?? null]
    }),
  )
  return {
    results,
    rows,
    saved: {
      index,
      mappings: mappingsOf(decision.working),
      conflicts: [...conflicts.values()],
      ledger: [],
    },
  }
}
