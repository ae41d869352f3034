/** What must hold in the walk beyond the store itself. */
import type { StoredOperation } from '../../src/core/model.ts'
import type { EntityId, JsonObject } from '../../src/protocol/json.ts'
import type { RecordRow } from '../../src/stores/codec.ts'
import type { Session, World } from './walk-world.ts'
import { TYPES } from './walk-world.ts'

export const conserve = (world: World, session: Session): void => {
  if (session.storage.version === session.conserved) return
  session.conserved = session.storage.version
  const stored = JSON.stringify(
    session.storage
      .dump()
      .filter(([key]) => key[0] === 'op' || key[0] === 'conflict' || key[0] === 'history'),
  )
  const missing = world.ledger.missing(session.device.name, stored)
  if (missing.length > 0) throw new Error(`${session.device.name} lost ${missing}`)
  checkShown(world, session)
}

/** Nothing is shown twice, and what a device deleted and knows to be deleted does not come back by itself. */
const checkShown = (world: World, { device, storage }: Session): void => {
  const names = new Map<string, string>()
  const pending = new Set<string>()
  for (const [key, value] of storage.dump()) if (key[0] === 'op') pending.add((value as StoredOperation).id)
  for (const [[kind, type, id], value] of storage.dump()) {
    const { data, open } = value as RecordRow
    if (kind !== 'entity' || data === null) continue
    const { name, reason } = data
    for (const text of [name, reason])
      if (typeof text === 'string') {
        const before = names.get(text)
        if (before !== undefined)
          throw new Error(`${device.name} shows ${text} as ${before} and as ${type} ${id}`)
        names.set(text, `${type} ${id}`)
      }
    const row = world.server.row(type as string, id as EntityId)
    const isMine = row?.operationId !== undefined && world.authors.get(row.operationId) === device.name
    if (open === undefined && row?.data === null && isMine && !pending.has(row.operationId as string))
      throw new Error(`${device.name} shows ${type} ${id}, which it deleted`)
  }
}

export const checkEnd = async (world: World): Promise<void> => {
  const effects = new Map<string, number>()
  for (const { operation } of world.server.effects)
    effects.set(operation.id, (effects.get(operation.id) ?? 0) + 1)
  for (const [id, count] of effects)
    if (count > 1) throw new Error(`operation ${id} took effect ${count} times`)
  const open = world.server.conflicts.filter((conflict) => conflict.state === 'open')
  if (open.length > 0) throw new Error(`server conflicts ${open.map(({ id }) => id)} stay open`)
  for (const type of TYPES) {
    const truth = new Map(world.server.live(type).map((row) => [row.id, row]))
    if (JSON.stringify([...truth.values()].map((row) => row.data)).includes('"temp_'))
      throw new Error('a temp id on the server')
    for (const { device } of world.sessions) {
      const shown = await device.list(type)
      for (const record of shown) {
        const row = truth.get(record.id)
        if (
          JSON.stringify(sorted(row?.data)) !== JSON.stringify(sorted(record.data)) ||
          row?.version !== record.version
        )
          throw new Error(
            `${device.name} shows ${type} ${record.id} ${JSON.stringify(record.data)}, the server ${JSON.stringify(row ?? null)}`,
          )
      }
      if (shown.length !== truth.size)
        throw new Error(
          `${device.name} shows ${shown.map(({ id }) => id)} of ${type}, the server has ${[...truth.keys()]}`,
        )
    }
  }
  for (const session of world.sessions) conserve(world, session)
}

const sorted = (data: JsonObject | null | undefined) =>
  data && Object.fromEntries(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)))
