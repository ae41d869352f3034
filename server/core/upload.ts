import { parseTempId } from '../../src/core/temp-id.ts'
import { SyncError } from '../../src/protocol/errors.ts'
import type { OperationResult, UploadAnswer } from '../../src/protocol/messages.ts'
import type { IdMapping } from '../../src/protocol/operation.ts'
import type { Schema } from '../../src/protocol/schema.ts'
import type { Authorize, BeforeWrite, Identity, ValidateRow } from './identity.ts'
import { msOf } from './keys.ts'
import type { TypeOrder } from './order.ts'
import type { Rules } from './pass.ts'
import { runOperations } from './run.ts'
import { type Candidate, readOperations, refusal, type ShapeLimits, tempIdOf } from './shape.ts'
import type { LedgerEntry, ServerStore, StoredMapping, WriteTx } from './store.ts'

/** What a server is made of, the same for every request. */
export interface Server<Hook> {
  schema: Schema
  order: TypeOrder
  store: ServerStore<Hook>
  limits: ShapeLimits
  /** SHA-256 as hex */
  hash: (text: string) => string
  authorize: Authorize | undefined
  validate: ValidateRow | undefined
  beforeWrite: BeforeWrite<Hook> | undefined
  /** Set where the handler was given a clock; the feed follows the database's own otherwise. */
  hasOwnClock: boolean
}

export interface Caller {
  identity: Identity
  device: string | undefined
  /** ms */
  now: number
  /** The caller's schema is too old: it is answered from memory or not at all. */
  isOutdated: boolean
}

export const writeOptions = <Hook>(server: Server<Hook>, caller: Caller, operations: number) => {
  const { beforeWrite } = server
  return {
    // A record that is written and a conflict that is closed each take a place in the feed.
    reserve: 2 * operations,
    nowMicros: server.hasOwnClock ? caller.now * 1000 : null,
    beforeWrite:
      beforeWrite === undefined
        ? null
        : (tx: Hook, writes: Parameters<typeof beforeWrite>[1]) => beforeWrite(tx, writes, caller.identity),
  }
}

export const rulesOf = <Hook>(server: Server<Hook>, caller: Caller, clientId: string): Rules => ({
  schema: server.schema,
  identity: caller.identity,
  clientId,
  device: caller.device,
  now: caller.now,
  authorize: server.authorize,
  validate: server.validate,
})

const wireMapping = ({ tempId, id, entityType, seq }: StoredMapping): IdMapping => ({
  tempId,
  realId: id,
  entityType,
  createdAt: parseTempId(tempId)?.timestamp ?? msOf(seq),
  syncedAt: msOf(seq),
})

const reused = (candidate: Candidate): OperationResult => ({
  id: candidate.id,
  status: 'rejected',
  error: refusal('OP_ID_REUSED', 'this operation id was used for another operation'),
})

/** What was answered before, with the present state of its conflict. */
const replayed = async (
  tx: WriteTx,
  entries: readonly LedgerEntry[],
): Promise<Map<string, OperationResult>> => {
  const ids = [...new Set(entries.flatMap(({ verdict }) => verdict.conflict?.conflictId ?? []))]
  const rows = ids.length === 0 ? [] : await tx.conflicts(ids)
  const states = new Map(rows.map(({ conflictId, state }) => [conflictId, state]))
  return new Map(
    entries.map(({ operationId, verdict: { conflict, ...verdict } }) => {
      if (conflict === undefined) return [operationId, { ...verdict, replayed: true }]
      const state = states.get(conflict.conflictId) ?? conflict.state
      return [operationId, { ...verdict, conflict: { ...conflict, state }, replayed: true }]
    }),
  )
}

const judgeFresh = async <Hook>(
  tx: WriteTx,
  server: Server<Hook>,
  rules: Rules,
  fresh: readonly Candidate[],
): Promise<{ results: Map<string, OperationResult>; mappings: StoredMapping[] }> => {
  const results = new Map<string, OperationResult>()
  const judgeable = fresh.flatMap(({ index, operation }) =>
    operation === null ? [] : [{ index, operation }],
  )
  const { results: judged, saved } = await runOperations(tx, rules, server.order, judgeable)
  const ledger = fresh.map(({ index, id, hash, refused }): LedgerEntry => {
    const verdict: OperationResult =
      refused === null ? (judged.get(index) as OperationResult) : { id, status: 'rejected', error: refused }
    results.set(id, verdict)
    return { operationId: id, clientId: rules.clientId, hash, verdict }
  })
  await tx.save(rules.identity.userId, { ...saved, ledger })
  return { results, mappings: saved.mappings }
}

/**
 * One transaction in effect: either every operation has its verdict and its effect, or none has. A repeated operation id is
 * looked up before anything is judged.
 */
export const upload = async <Hook>(
  server: Server<Hook>,
  caller: Caller,
  body: { clientId?: string; operations: readonly unknown[] },
): Promise<UploadAnswer> => {
  const { userId, tenantId } = caller.identity
  const candidates = readOperations(server.schema, body.operations, server.limits, server.hash)
  if (candidates.length === 0) {
    // Clients probe with it: it answers only while the database does.
    await server.store.read(tenantId, (tx) => tx.feed())
    return { results: [], idMappings: [], serverTime: caller.now }
  }
  const rules = rulesOf(server, caller, body.clientId ?? userId)
  const firsts = new Map<string, Candidate>()
  for (const candidate of candidates) if (!firsts.has(candidate.id)) firsts.set(candidate.id, candidate)
  return server.store.write(tenantId, writeOptions(server, caller, firsts.size), async (tx) => {
    const recorded = new Map(
      (await tx.ledger(userId, [...firsts.keys()])).map((entry) => [entry.operationId, entry]),
    )
    const isKnown = ({ id, hash }: Candidate) => recorded.get(id)?.hash === hash
    if (caller.isOutdated && !candidates.every(isKnown))
      throw new SyncError('SCHEMA_TOO_OLD', 'this server needs a newer version of the app')
    const answers = await replayed(tx, [...recorded.values()])
    const fresh = [...firsts.values()].filter(({ id }) => !recorded.has(id))
    const judged = fresh.length === 0 ? null : await judgeFresh(tx, server, rules, fresh)
    const results = candidates.map((candidate): OperationResult => {
      const { id, hash } = candidate
      const entry = recorded.get(id)
      if (entry !== undefined)
        return entry.hash === hash ? (answers.get(id) as OperationResult) : reused(candidate)
      const first = firsts.get(id) as Candidate
      const result = judged?.results.get(id) as OperationResult
      if (first === candidate) return result
      return first.hash === hash ? { ...result, replayed: true } : reused(candidate)
    })
    const tempIds = [...new Set(body.operations.flatMap((element) => tempIdOf(element) ?? []))]
    const known: StoredMapping[] = []
    if (tempIds.length > 0) known.push(...(await tx.mappings(tempIds)))
    return { results, idMappings: known.map(wireMapping), serverTime: caller.now }
  })
}
