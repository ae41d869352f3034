/** What people do on a device of the walk. */
import type { StoredOperation } from '../../src/core/model.ts'
import type { SyncError } from '../../src/protocol/errors.ts'
import type { EntityId, JsonObject } from '../../src/protocol/json.ts'
import type { ShownRecord } from '../../src/stores/queries.ts'
import type { Session, World } from './walk-world.ts'
import { TYPES } from './walk-world.ts'

export const write = async (world: World, session: Session): Promise<void> => {
  const { device } = session
  const { name } = device
  const type = world.chance(0.4) ? 'client' : (world.pick(TYPES) as string)
  const records = await device.list(type)
  // Mostly the first: two people who never touch the same record never disagree.
  const record = world.chance(0.6) ? records[0] : world.pick(records)
  const roll = world.random()
  if (record === undefined || (roll < 0.25 && records.length < 4)) {
    const data = await contentOf(world, session, type)
    if (data === null) return
    const id = await device.create(type, data)
    world.ledger.wrote(name, `${type} ${id}`, data)
    return world.say(session, `creates ${id} ${JSON.stringify(data)}`)
  }
  world.ledger.saw(name, record.data)
  if (roll < 0.9) {
    const changes = await changesOf(world, session, type, record)
    world.say(session, `updates ${type} ${record.id} ${JSON.stringify(changes)}`)
    await device.update(type, record.id, changes, world.below(3))
    return world.ledger.wrote(name, `${type} ${record.key}`, changes)
  }
  world.say(session, `deletes ${type} ${record.id}`)
  await device.delete(type, record.id)
  world.ledger.deleted(name, `${type} ${record.key}`)
}

const contentOf = async (world: World, session: Session, type: string): Promise<JsonObject | null> => {
  const token = () => world.ledger.token(session.device.name)
  if (type === 'client') return { name: token(), ...(world.chance(0.5) ? { phone: token() } : {}) }
  const parents = await session.device.list(type === 'pet' ? 'client' : 'pet')
  const parent = world.pick(parents)
  if (parent === undefined) return null
  // Sometimes by the old id, as an open form would.
  const id: EntityId = world.chance(0.3) && parent.key.startsWith('temp_') ? parent.key : parent.id
  return type === 'pet' ? { name: token(), clientId: id } : { reason: token(), petId: id }
}

const changesOf = async (
  world: World,
  session: Session,
  type: string,
  record: ShownRecord,
): Promise<JsonObject> => {
  const token = () => world.ledger.token(session.device.name)
  const clear = () => (world.chance(0.15) ? null : token())
  if (type === 'client')
    return world.chance(0.5)
      ? { name: token() }
      : { phone: clear(), ...(world.chance(0.3) ? { name: token() } : {}) }
  if (type === 'appointment') {
    const pet = world.pick(await session.device.list('pet'))
    return pet !== undefined && world.chance(0.4) ? { petId: pet.id } : { reason: clear() }
  }
  const roll = world.random()
  const client = world.pick(await session.device.list('client'))
  if (roll < 0.3 && client !== undefined) return { clientId: client.id }
  const sibling = world.pick(await session.device.list('pet'))
  if (roll < 0.5 && sibling !== undefined && sibling.version !== null && record.version !== null)
    return { siblingId: sibling.id }
  return roll < 0.75 ? { name: token() } : { species: clear() }
}

export const decide = async (world: World, session: Session): Promise<void> => {
  const { device } = session
  const conflict = world.pick(await device.conflicts())
  if (conflict === undefined) return
  const { row, localData, serverData } = conflict
  const roll = world.random()
  world.ledger.saw(device.name, localData, serverData)
  const side = roll < 0.4 ? 'server-wins' : 'client-wins'
  const merged =
    roll > 0.8 && row.entityType === 'client' && serverData !== null
      ? { name: world.ledger.token(device.name) }
      : undefined
  world.say(
    session,
    `decides conflict ${row.id} (${row.kind} of ${row.entityType} ${conflict.id}): ${side} ${merged?.name ?? ''}`,
  )
  const record = await device.get(row.entityType, conflict.id)
  await device.decide(row.id, side, merged)
  if (merged !== undefined) world.ledger.wrote(device.name, `${row.entityType} ${record?.key}`, merged)
  world.counts.decisions++
}

export const handleRefused = async (world: World, session: Session): Promise<void> => {
  const { device } = session
  const refused = (await device.operations()).filter((operation) => operation.state === 'rejected')
  const operation = world.chance(0.15) ? world.pick(await device.operations()) : world.pick(refused)
  if (operation === undefined) return
  if (world.chance(0.5)) {
    return await retry(world, session, operation)
  }
  world.say(session, `discards ${operation.seq}`)
  const before = await device.operations()
  await device.discard(operation.seq)
  const left = new Set((await device.operations()).map(({ seq }) => seq))
  world.ledger.gaveUp(before.filter(({ seq }) => !left.has(seq)).map(({ data }) => data ?? null))
}

const retry = async (world: World, session: Session, operation: StoredOperation): Promise<void> => {
  const { device } = session
  world.say(session, `retries ${operation.seq}`)
  const record = await device.get(operation.entityType, operation.entityId)
  await device.retry(operation.seq)
  // A delete takes with it what was edited since it was refused.
  if (operation.type === 'delete' && operation.state === 'rejected' && record !== undefined)
    world.ledger.deleted(device.name, `${operation.entityType} ${record.key}`)
}

export const decideOne = async (world: World, session: Session, id: number): Promise<void> => {
  const conflict = (await session.device.conflicts()).find(({ row }) => row.id === id)
  world.ledger.saw(session.device.name, conflict?.localData, conflict?.serverData)
  const side = world.chance(0.5) ? 'server-wins' : 'client-wins'
  world.say(session, `decides conflict ${id} ${side}`)
  await session.device.decide(id, side)
}

export const retryOrDiscard = async (
  world: World,
  session: Session,
  operation: StoredOperation,
): Promise<void> => {
  const present = (await session.device.operations()).find(({ seq }) => seq === operation.seq)
  if (present?.state !== 'rejected') return
  const code = present.error?.code
  // A person who retries what cannot work would do so for ever.
  if (code === 'VALIDATION' && world.chance(0.7)) return await retry(world, session, present)
  try {
    const before = await session.device.operations()
    await session.device.discard(operation.seq)
    const left = new Set((await session.device.operations()).map(({ seq }) => seq))
    world.ledger.gaveUp(before.filter(({ seq }) => !left.has(seq)).map(({ data }) => data ?? null))
    world.say(session, `discards ${operation.seq}`)
  } catch (error) {
    const { code: refusal, ids } = error as SyncError
    if (refusal !== 'HAS_CHILDREN') throw error
    for (const child of ids ?? []) await remove(world, session, child.entityType, child.id)
  }
}

/** Children first, as a person must. */
const remove = async (world: World, session: Session, type: string, id: EntityId): Promise<void> => {
  const record = await session.device.get(type, id)
  if (record === undefined) return
  world.ledger.saw(session.device.name, record.data)
  try {
    world.say(session, `deletes ${type} ${id}`)
    await session.device.delete(type, id)
    world.ledger.deleted(session.device.name, `${type} ${record.key}`)
  } catch (error) {
    const { code, ids } = error as SyncError
    if (code !== 'HAS_CHILDREN') throw error
    for (const child of ids ?? []) await remove(world, session, child.entityType, child.id)
  }
}
