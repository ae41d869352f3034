/** What engines and the network between them do in the walk. */
import type { Batch } from '../../src/stores/outbox.ts'
import { checkedDownload, checkedUpload, wire } from './store-harness.ts'
import type { Session, World } from './walk-world.ts'

export const claim = async (world: World, session: Session): Promise<void> => {
  const batch = await session.device.claim(world.rates.batch)
  if (batch === null) return
  world.say(
    session,
    `claims ${batch.batchId}: ${batch.operations.map((operation) => `${operation.type} ${operation.entityType} ${operation.entityId}`)}`,
  )
  for (const operation of batch.operations) {
    const bytes = JSON.stringify(operation)
    const known = world.sentBytes.get(operation.id)
    if (known !== undefined && known !== bytes) throw new Error(`operation ${operation.id} changed its bytes`)
    if (known === undefined) checkIds(world, operation, batch)
    world.sentBytes.set(operation.id, bytes)
    world.authors.set(operation.id, session.device.name)
  }
  session.request = { batch, body: wire({ clientId: batch.clientId, operations: batch.operations }) }
}

/** A request refers to a temp id only where it is mapped, or created in the same request. */
const checkIds = (world: World, operation: Batch['operations'][number], batch: Batch): void => {
  const known = new Set<string>(world.server.mappings.keys())
  for (const other of batch.operations) if (other.type === 'create') known.add(String(other.entityId))
  const named = JSON.stringify([operation.entityId, operation.data ?? null]).match(/temp_\d+_\w+/g) ?? []
  for (const id of named)
    if (!known.has(id)) throw new Error(`operation ${operation.id} was sent with ${id}, which nobody knows`)
}

export const deliver = (world: World, session: Session): void => {
  if (session.request === null) return
  const { batch, body } = session.request
  const answer = checkedUpload(world.server.upload(session.user, wire(body)))
  for (const { status, error } of answer.results) {
    const isOurFault =
      error !== undefined &&
      !['VALIDATION', 'DEPENDENCY_FAILED', 'PARENT_DELETED', 'ALREADY_RESOLVED'].includes(error.code)
    if (isOurFault || error?.path === 'baseVersion' || error?.path === 'data')
      throw new Error(`the server says ${JSON.stringify(error)}`)
    if (status === 'merged') world.counts.merges++
  }
  world.say(
    session,
    `is answered on ${batch.batchId}: ${answer.results.map((result) => `${result.id} ${result.status}${result.error?.code ?? ''}`)}`,
  )
  if (world.chance(world.rates.partial)) answer.results = answer.results.filter(() => world.chance(0.5))
  session.answers.push({ batch, answer })
  if (!world.chance(0.2)) session.request = null
  const problems = world.ledger.follow(world.server.effects, world.authors)
  if (problems.length > 0) throw new Error(problems.join('; '))
}

const settle = async (world: World, session: Session): Promise<void> => {
  const entry = world.chance(0.8) ? session.answers.at(-1) : world.pick(session.answers)
  if (entry === undefined) return
  if (!world.chance(0.3)) session.answers.splice(session.answers.indexOf(entry), 1)
  const { mapped } = await watching(session, async () => {
    const settled = await session.device.settle(entry.batch, entry.answer)
    world.say(session, `settles ${entry.batch.batchId}: ${JSON.stringify(settled)}`)
    world.counts.conflicts += settled.conflicts
    world.counts.rejections += settled.rejected
  })
  world.counts.idMoves += mapped
}

const watching = async (session: Session, work: () => Promise<void>): Promise<{ mapped: number }> => {
  let mapped = 0
  const stop = session.device.store.subscribe((changes) => {
    mapped += changes.mapped.length
  })
  try {
    await work()
  } finally {
    stop()
  }
  return { mapped }
}

const ask = async (session: Session): Promise<void> => {
  session.asked = await session.device.ask()
}

const download = (world: World, session: Session): void => {
  if (session.asked === null) return
  const { asked } = session
  const body = wire({ lastSync: asked.cursor, limit: world.rates.page })
  session.pages.push({ asked, answer: checkedDownload(world.server.download(session.user, body)) })
  if (!world.chance(0.2)) session.asked = null
}

const page = async (world: World, session: Session): Promise<void> => {
  const entry = world.chance(0.8) ? session.pages.at(-1) : world.pick(session.pages)
  if (entry === undefined) return
  if (!world.chance(0.3)) session.pages.splice(session.pages.indexOf(entry), 1)
  const before = (await session.device.conflicts()).length
  const result = await session.device.page(entry.asked, entry.answer)
  if (entry.answer.reset !== undefined && !result.isStale) world.counts.resets++
  world.counts.conflicts += Math.max(0, (await session.device.conflicts()).length - before)
  world.say(
    session,
    `gets a page: ${JSON.stringify(result)} ${entry.answer.entities.map((row) => `${row.entityType} ${row.id} v${row.version}`)} -${entry.answer.deletions.map((row) => `${row.entityType} ${row.id}`)} closed ${entry.answer.closedConflicts.map((row) => row.conflictId)}`,
  )
}

/** A request and its answer with nothing in between: most go well, or nothing would ever meet. */
export const push = async (world: World, session: Session): Promise<void> => {
  await claim(world, session)
  deliver(world, session)
  await settle(world, session)
}

export const pull = async (world: World, session: Session): Promise<void> => {
  for (let pages = 0; pages < 3; pages++) {
    await ask(session)
    download(world, session)
    await page(world, session)
  }
}

/** Whatever the engine of a device could do next; now and then something it would not. */
export const work = async (world: World, session: Session): Promise<void> => {
  const steps: (() => Promise<void> | void)[] = [() => claim(world, session), () => ask(session)]
  for (let weight = 0; weight < 3; weight++) {
    if (session.request !== null) steps.push(() => deliver(world, session))
    if (session.answers.length > 0) steps.push(() => settle(world, session))
    if (session.asked !== null) steps.push(() => download(world, session))
    if (session.pages.length > 0) steps.push(() => page(world, session))
  }
  await (world.pick(steps) as () => Promise<void>)()
}

export const crash = async (world: World, session: Session): Promise<void> => {
  world.say(session, 'dies')
  world.counts.crashes++
  if (session.answers.length > 0) world.counts.lostAnswers++
  // A frozen tab may thaw later and still hold its answers and pages.
  if (world.chance(0.7)) Object.assign(session, { answers: [], pages: [] })
  Object.assign(session, { request: null, asked: null })
  await session.device.reopen()
}

export const elsewhere = (world: World): void => {
  const conflict = world.pick(world.server.conflicts.filter((other) => other.state === 'open'))
  if (conflict === undefined) return
  const isChanging = conflict.type === 'client' && conflict.serverData !== null && world.chance(0.5)
  world.trace.push(`somebody closes server conflict ${conflict.id}`)
  world.server.resolveElsewhere(conflict, isChanging ? { name: world.ledger.token('x') } : undefined)
}
