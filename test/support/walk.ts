import { planOf } from '../../src/stores/outbox.ts'
import { QuickStorage } from './quick-storage.ts'
import { checkedDownload, checkedUpload, Device, wire } from './store-harness.ts'
import { checkEnd, conserve } from './walk-checks.ts'
import { claim, crash, deliver, elsewhere, pull, push, work } from './walk-network.ts'
import { decide, decideOne, handleRefused, retryOrDiscard, write } from './walk-people.ts'
import type { Session, WalkCounts } from './walk-world.ts'
import { World } from './walk-world.ts'

const EXPECTED = new Set([
  'HAS_CHILDREN',
  'NOT_FOUND',
  'OPERATION_SENT',
  'UNKNOWN_TEMP_ID',
  'UNKNOWN_OPERATION',
  'UNKNOWN_CONFLICT',
])

const step = async (world: World): Promise<void> => {
  world.counts.steps++
  world.clock.advance(world.below(3) * 10)
  const session = world.pick(world.sessions) as Session
  const roll = world.random()
  if (world.chance(world.rates.fail)) session.storage.failAt = world.below(4)
  try {
    if (roll < 0.3) await write(world, session)
    else if (roll < 0.56) await work(world, session)
    else if (roll < 0.7) await push(world, session)
    else if (roll < 0.8) await pull(world, session)
    else if (roll < 0.91) await decide(world, session)
    else if (roll < 0.95) await handleRefused(world, session)
    else if (roll < 0.98) await crash(world, session)
    else if (roll < 0.99) elsewhere(world)
    else world.server.expireCursors()
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    const isDisk = session.storage.failAt !== null && message === 'the disk failed'
    if (!isDisk && !(code !== undefined && EXPECTED.has(code))) throw error
    world.say(session, `fails: ${code ?? message}`)
  } finally {
    session.storage.failAt = null
  }
  conserve(world, session)
}

/** Rows that both devices know from the start: disagreement needs something to disagree about. */
const begin = async (world: World): Promise<void> => {
  const [a, b] = world.sessions as [Session, Session]
  for (let index = 0; index < 2; index++) {
    const client = { name: world.ledger.token('a'), phone: world.ledger.token('a') }
    const owner = await a.device.create('client', client)
    world.ledger.wrote('a', `client ${owner}`, client)
    const pet = { name: world.ledger.token('a'), clientId: owner }
    world.ledger.wrote('a', `pet ${await a.device.create('pet', pet)}`, pet)
  }
  const refuse = world.rates.refuse
  world.rates.refuse = 0
  for (const { device, user } of [a, b]) {
    for (let batch = await device.claim(); batch !== null; batch = await device.claim()) {
      for (const { id } of batch.operations) world.authors.set(id, device.name)
      await device.settle(
        batch,
        checkedUpload(world.server.upload(user, wire({ operations: batch.operations }))),
      )
    }
    const asked = await device.ask()
    await device.page(asked, checkedDownload(world.server.download(user, { lastSync: null, limit: 50 })))
  }
  world.ledger.follow(world.server.effects, world.authors)
  world.rates.refuse = refuse
}

const calm = async (world: World, session: Session): Promise<boolean> => {
  const { device } = session
  for (const { row } of await device.conflicts())
    if (row.status === 'open') await decideOne(world, session, row.id)
  for (const operation of await device.operations())
    if (operation.state === 'rejected') await retryOrDiscard(world, session, operation)
  let sent = 0
  for (let go = true; go; ) {
    await claim(world, session)
    go = session.request !== null
    if (session.request === null) break
    sent += session.request.batch.operations.length
    if (sent > 500) throw new Error('the outbox does not empty')
    const { batch } = session.request
    world.rates.partial = 0
    deliver(world, session)
    const last = session.answers.at(-1)
    if (last !== undefined) await device.settle(batch, last.answer)
    Object.assign(session, { request: null, answers: [] })
  }
  const pages: string[] = []
  for (let hasMore = true; hasMore; ) {
    const asked = await device.ask()
    const answer = checkedDownload(
      world.server.download(session.user, wire({ lastSync: asked.cursor, limit: 3 })),
    )
    pages.push(
      ...answer.entities.map((row) => String(row.id)),
      ...answer.deletions.map((row) => String(row.id)),
    )
    ;({ hasMore } = await device.page(asked, answer))
    if (pages.length > 1000) throw new Error('the download does not end')
  }
  conserve(world, session)
  world.say(session, `synced: ${sent} sent, ${pages.length} received`)
  const left = await device.operations()
  return sent === 0 && pages.length === 0 && left.length === 0
}

const heal = async (world: World): Promise<void> => {
  world.isHealed = true
  for (const session of world.sessions)
    Object.assign(session, { request: null, answers: [], pages: [], asked: null })
  for (let round = 0; round < 25; round++) {
    let isQuiet = true
    for (const session of world.sessions) isQuiet = (await calm(world, session)) && isQuiet
    if (isQuiet) return await checkEnd(world)
  }
  const stuck: string[] = []
  for (const { device } of world.sessions) {
    const { waiting } = await device.step((unit) => planOf(unit))
    for (const operation of await device.operations())
      stuck.push(`${device.name} ${JSON.stringify([operation, waiting.get(operation.seq)])}`)
  }
  throw new Error(`25 rounds without faults, and no end: ${stuck.join('\n')}`)
}

/** Two devices, one server, and everything that can go wrong between two steps; one seed is one run, the same every time. */
export const runWalk = async (
  seed: number,
  steps: number,
): Promise<{ counts: WalkCounts; trace: string[] }> => {
  const world = new World(seed)
  const isOneUser = world.chance(0.5)
  for (const name of ['a', 'b']) {
    const storage = new QuickStorage(seed % 16 === 0)
    const device = await Device.open({
      name,
      seed: seed * 2 + (name === 'a' ? 0 : 1),
      clock: world.clock,
      quick: storage,
    })
    const user = isOneUser ? 'u' : name
    world.sessions.push({
      device,
      storage,
      conserved: 0,
      user,
      request: null,
      answers: [],
      asked: null,
      pages: [],
    })
  }
  try {
    await begin(world)
    for (let index = 0; index < steps; index++) await step(world)
    await heal(world)
  } catch (error) {
    const { message } = error as Error
    throw new Error(`seed ${seed}: ${message}\n${world.trace.slice(-90).join('\n')}`, { cause: error })
  }
  return { counts: world.counts, trace: world.trace }
}
