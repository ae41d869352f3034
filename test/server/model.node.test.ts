import { describe, expect, it } from 'vitest'
import { practiceSchema } from '../../demo/practice.ts'
import { pgliteDb } from '../../server/index.ts'
import type { EntityId, JsonObject, JsonValue } from '../../src/protocol/json.ts'
import type { OperationResult } from '../../src/protocol/messages.ts'
import type { SyncOperation } from '../../src/protocol/operation.ts'
import { ModelServer } from '../support/model-server.ts'
import { freshPGlite } from '../support/pglite.ts'
import { seededRandom } from '../support/seeded.ts'
import { type Bench, benchOn } from './support/bench.ts'
import { memoryStoreFor, newTenant, sqlStoreOn } from './support/practice.ts'

/** One of the servers that are compared, and the ids that it gave. */
interface Side {
  upload(user: string, operations: SyncOperation[]): Promise<OperationResult[]>
  rows(): Promise<{ entityType: string; id: EntityId; version: number; data: JsonObject }[]>
  /** Temp id → id, and back by type and id. */
  ids: Map<string, EntityId>
  /** Conflict numbers in the order in which they were given. */
  conflicts: number[]
}

const types = ['client', 'pet', 'appointment', 'soapNote'] as const
type Type = (typeof types)[number]
const parentField: Record<Type, { field: string; type: Type } | null> = {
  client: null,
  pet: { field: 'clientId', type: 'client' },
  appointment: { field: 'petId', type: 'pet' },
  soapNote: { field: 'appointmentId', type: 'appointment' },
}
const textField: Record<Type, string> = {
  client: 'name',
  pet: 'name',
  appointment: 'reason',
  soapNote: 'plan',
}

const benchSide = (bench: Bench): Side => {
  const tenant = newTenant()
  return {
    ids: new Map(),
    conflicts: [],
    upload: async (user, operations) => (await bench.upload(operations, { tenant, user })).results,
    rows: async () => (await bench.download({}, { tenant })).entities,
  }
}

const modelSide = (): Side => {
  let now = 1_700_000_000_000
  const model = new ModelServer({ schema: practiceSchema, now: () => now++ })
  return {
    ids: new Map(),
    conflicts: [],
    upload: async (user, operations) => {
      const byId = new Map<string, OperationResult[]>()
      for (const result of model.upload(user, { operations }).results)
        byId.set(result.id, [...(byId.get(result.id) ?? []), result])
      return operations.map(({ id }) => byId.get(id)?.shift() as OperationResult)
    },
    rows: async () =>
      types.flatMap((type) =>
        model
          .live(type)
          .map(({ id, version, data }) => ({ entityType: type, id, version, data: data as JsonObject })),
      ),
  }
}

/** An operation in words that mean the same to every server: `#temp` stands for its id, `@n` for its n-th conflict. */
const instantiate = (side: Side, operation: SyncOperation): SyncOperation => {
  const id = (value: JsonValue | undefined): JsonValue =>
    typeof value === 'string' && value.startsWith('#')
      ? (side.ids.get(value.slice(1)) ?? value.slice(1))
      : (value ?? null)
  const all = (data: JsonObject | undefined) =>
    data === undefined
      ? {}
      : Object.fromEntries(Object.entries(data).map(([field, value]) => [field, id(value)]))
  return {
    ...operation,
    entityId: id(operation.entityId) as EntityId,
    ...(operation.data === undefined ? {} : { data: all(operation.data) }),
    ...(operation.base === undefined ? {} : { base: all(operation.base) }),
    ...(operation.conflictId === undefined
      ? {}
      : { conflictId: side.conflicts[operation.conflictId] ?? 999_999 }),
  }
}

/** A row with every reference named by the temp id that its target had. */
const named = (side: Side, type: string, data: JsonObject | null | undefined): JsonObject | null => {
  if (data === null || data === undefined) return null
  const parent = parentField[type as Type]
  const target = parent === null ? undefined : data[parent.field]
  const name = [...side.ids].find(([temp, id]) => temp.endsWith(`_${parent?.type}`) && id === target)?.[0]
  return name === undefined || parent === null ? data : { ...data, [parent.field]: `#${name}` }
}

/** What must be equal, without numbers and times of a server's own. */
const comparable = (side: Side, type: string, result: OperationResult) => ({
  status: result.status,
  version: result.version ?? null,
  replayed: result.replayed ?? false,
  code: result.error?.code,
  path: result.error?.code === 'NOT_FOUND' ? undefined : result.error?.path,
  existing: result.error?.existing && [
    result.error.existing.version,
    named(side, type, result.error.existing.data),
  ],
  data: result.data === undefined ? undefined : named(side, type, result.data),
  conflict: result.conflict && {
    number: side.conflicts.indexOf(result.conflict.conflictId),
    state: result.conflict.state,
    reason: result.conflict.reason,
    serverVersion: result.conflict.serverVersion,
    serverData: named(side, type, result.conflict.serverData),
  },
})

const step = async (side: Side, user: string, operations: SyncOperation[]) => {
  const results = await side.upload(
    user,
    operations.map((operation) => instantiate(side, operation)),
  )
  for (const [index, { status, entityId, conflict }] of results.entries()) {
    const temp = String(operations[index]?.entityId).replace('#', '')
    if (status === 'applied' && typeof entityId === 'number') side.ids.set(temp, entityId)
    if (conflict !== undefined && !side.conflicts.includes(conflict.conflictId))
      side.conflicts.push(conflict.conflictId)
  }
  return results
}

/** Requests of two people on few records, so that they meet: creates, edits, deletes, revivals, decisions, repeats. */
const requestsOf = (seed: number) => {
  const random = seededRandom(seed)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const temps: Record<Type, string[]> = { client: [], pet: [], appointment: [], soapNote: [] }
  const sent: { user: string; operation: SyncOperation }[] = []
  let last = 0
  let conflicts = 0
  const newTemp = (type: Type) => {
    const temp = `temp_${1_730_534_400_000 + last}_${(++last).toString(36)}_${type}`
    temps[type].push(temp)
    return temp
  }
  const known = (type: Type) => {
    const temp = temps[type].length > 0 && random() < 0.95 ? pick(temps[type]) : newTemp(type)
    // By its server id where it has one by then; otherwise the temp id itself goes.
    return random() < 0.6 ? `#${temp}` : temp
  }
  const dataOf = (type: Type, isWhole: boolean): JsonObject => {
    const parent = parentField[type]
    return {
      ...(isWhole || random() < 0.7 ? { [textField[type]]: pick(['A', 'B', 'C']) } : {}),
      ...(type === 'client' && random() < 0.5 ? { phone: pick(['1', '2', null]) } : {}),
      ...(parent !== null && (isWhole || random() < 0.4) ? { [parent.field]: known(parent.type) } : {}),
    }
  }
  const operationOf = (user: string): SyncOperation => {
    const mine = sent.filter((entry) => entry.user === user)
    if (mine.length > 0 && random() < 0.08) return pick(mine).operation
    const type = pick(types)
    const roll = random()
    const head = { id: `r${++last}`, entityType: type }
    const decides = conflicts > 0 && random() < 0.25 ? { conflictId: Math.floor(random() * conflicts) } : {}
    if (roll < 0.35)
      return {
        ...head,
        type: 'create', // A second create of one temp id only where there is no reference: the model judges those first.
        entityId: random() < 0.9 || type !== 'client' ? newTemp(type) : known(type),
        data: dataOf(type, true),
      }
    if (roll < 0.45)
      return {
        ...head,
        type: 'create',
        entityId: known(type).replace(/^(?!#)/, '#'),
        data: dataOf(type, true),
        ...decides,
      }
    const baseVersion = pick([1, 1, 2, 3])
    if (roll < 0.75) {
      const data = Object.keys(decides).length > 0 && random() < 0.4 ? {} : dataOf(type, false)
      const base = random() < 0.7 ? { base: dataOf(type, false) } : {}
      const isEmpty = Object.keys(data).length === 0 && Object.keys(decides).length === 0
      return {
        ...head,
        type: 'update',
        entityId: known(type),
        data: isEmpty ? { [textField[type]]: 'D' } : data,
        ...base,
        baseVersion,
        ...decides,
      }
    }
    return { ...head, type: 'delete', entityId: known(type), baseVersion, ...decides }
  }
  return {
    next: () => {
      const user = pick(['u1', 'u2'])
      const operations: SyncOperation[] = []
      const records = new Set<string>()
      for (let left = 1 + Math.floor(random() * 5); left > 0; left--) {
        const operation = operationOf(user)
        // The model judges one operation a record and request, as clients send them.
        const record = String(operation.entityId).replace('#', '')
        if (records.has(record) || operations.some(({ id }) => id === operation.id)) continue
        // It takes a child whose delete is asked for as gone, even where that delete conflicts: SRV8 has those.
        if (operation.type === 'delete' && operations.some(({ type }) => type === 'delete')) continue
        // It orders creates by temp ids only, so a revival goes without others.
        const isRevival = (other: SyncOperation) =>
          other.type === 'create' && String(other.entityId).startsWith('#')
        const creates = operations.filter(({ type }) => type === 'create')
        if (operation.type === 'create' && creates.length > 0 && [...creates, operation].some(isRevival))
          continue
        records.add(record)
        operations.push(operation)
      }
      for (const operation of operations) sent.push({ user, operation })
      return { user, operations }
    },
    conflictsAre: (count: number) => {
      conflicts = count
    },
  }
}

const compare = async (seed: number, steps: number, subject: Side): Promise<void> => {
  const model = modelSide()
  const requests = requestsOf(seed)
  for (let index = 0; index < steps; index++) {
    const { user, operations } = requests.next()
    const [expected, found] = [await step(model, user, operations), await step(subject, user, operations)]
    const show = (side: Side, results: OperationResult[]) =>
      results.map((result, at) => comparable(side, operations[at]?.entityType as string, result))
    expect(
      show(subject, found),
      `seed ${seed}, request ${index}: ${user} ${JSON.stringify(operations)}`,
    ).toEqual(show(model, expected))
    requests.conflictsAre(model.conflicts.length)
  }
  const world = async (side: Side) =>
    (await side.rows())
      .map(({ entityType, id, version, data }) => {
        const name = [...side.ids].find(
          ([temp, known]) => temp.endsWith(`_${entityType}`) && known === id,
        )?.[0]
        return JSON.stringify([name, version, Object.entries(named(side, entityType, data) ?? {}).sort()])
      })
      .sort()
  expect(await world(subject)).toEqual(await world(model))
}

describe('the server beside a model written from the protocol alone', { timeout: 120_000 }, () => {
  it('SRV24 gives the same verdicts and ends with the same rows, in memory', async () => {
    const bench = benchOn(practiceSchema, memoryStoreFor(practiceSchema))
    for (let seed = 1; seed <= 120; seed++) await compare(seed, 40, benchSide(bench))
  })

  it('SRV24 gives the same verdicts and ends with the same rows, on PGlite', async () => {
    const db = pgliteDb(await freshPGlite())
    const bench = benchOn(practiceSchema, await sqlStoreOn(db, practiceSchema))
    for (let seed = 1001; seed <= 1004; seed++) await compare(seed, 40, benchSide(bench))
    await db.close()
  })
})
