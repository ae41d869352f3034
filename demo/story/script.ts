import type { EntityId } from '../../src/index.ts'
import { isTempId } from '../../src/index.ts'
import type { Device, PracticeDefinition } from '../device/device.ts'
import type { Hands } from './hands.ts'
import type { scenes } from './scenes.ts'

export interface Stage {
  front: Device
  treatment: Device
  hands: Hands
  /** Nothing at all when the story is played fast. */
  pause(ms: number): Promise<void>
  until<T>(
    what: string,
    check: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  ): Promise<T>
  scene(name: (typeof scenes)[number]['name']): void
}

type RecordType = keyof PracticeDefinition['entities'] & string

const LOOK = 1_500
const READ = 2_600
const BEAT = 700

const part = (device: Device, selector: string): HTMLElement | null =>
  document.querySelector<HTMLElement>(`[data-device="${device.id}"] ${selector}`)

/** Its dialogs stand beside the device's panel, over its half of the page. */
const inDialog = (device: Device, selector: string): HTMLElement | null =>
  document.querySelector<HTMLElement>(`[data-overlay="${device.id}"] ${selector}`)

const isRest = (device: Device) => {
  const { state, pending } = device.engine.status()
  return pending === 0 && (state === 'idle' || state === 'conflict')
}

/** What was left by hand or by an earlier play must not be in the way: networks on, everything sent. */
const tidy = async ({ front, treatment, hands, until }: Stage) => {
  for (const device of [front, treatment]) {
    device.network.loseNextAnswer(false)
    if (!device.network.state().isOn) {
      const on = part(device, '[data-network="on"]')
      if (on !== null) await hands.press(on)
    }
  }
  await until('both devices at rest and online', () => isRest(front) && isRest(treatment))
}

/** Under whatever id it has by now. */
const sameRecord = async <T extends RecordType>(device: Device, type: T, id: EntityId) =>
  await device.engine.entities.get(type, id)

/** Of several plays on one practice: a person would not reuse a name either. */
const names = [
  ['Jana Dvořáková', 'Tomáš Král', 'Bella'],
  ['Maya Okafor', 'Leo Brandt', 'Nori'],
  ['Sofia Lindqvist', 'Amir Haddad', 'Pixel'],
  ['Hana Sato', 'Eva Marques', 'Rufus'],
  ['Iris Novak', 'Ben Adeyemi', 'Mochi'],
  ['Clara Weiss', 'Diego Luna', 'Juno'],
] as const

const castOf = async (front: Device) => {
  const clients = await front.engine.entities.list('client')
  const taken = new Set(clients.map(({ data }) => data.name))
  const free = names.find(([known]) => !taken.has(known))
  if (free !== undefined) return free
  const round = clients.length
  return [`Client ${round}`, `Walk-in ${round}`, `Pet ${round}`] as const
}

const tomorrowAt = (hour: number): string => {
  const day = new Date()
  day.setDate(day.getDate() + 1)
  day.setHours(hour, 30, 0, 0)
  return day.toISOString()
}

const knownClient = async ({ front, treatment, pause, until, scene }: Stage, name: string) => {
  scene('A client both know')
  await pause(BEAT)
  const client = await front.engine.entities.create('client', {
    name,
    phone: '+420 601 200 100',
    email: `${name.split(' ')[0]?.toLowerCase() ?? 'client'}@example.org`,
  })
  await pause(LOOK)
  const saved = await until('the front desk’s client is saved on the server', async () => {
    const record = await sameRecord(front, 'client', client.id)
    return record?.status === 'synced' && isRest(front) && record
  })
  void treatment.engine.bidirectionalSync()
  await until('the treatment room knows the client', async () => {
    const record = await sameRecord(treatment, 'client', saved.id)
    return record !== undefined && isRest(treatment)
  })
  await pause(LOOK)
  return saved.id
}

const goOffline = async ({ treatment, hands, pause, until, scene }: Stage) => {
  scene('Offline')
  await pause(BEAT)
  const off = part(treatment, '[data-network="off"]')
  if (off === null) throw new Error('The treatment room has no network switch.')
  await hands.press(off)
  await until('the treatment room is offline', () => treatment.engine.status().state === 'pausedOffline')
  await pause(LOOK)
}

const walkIn = async ({ treatment, pause, scene }: Stage, owner: string, animal: string) => {
  const { entities } = treatment.engine
  scene('Four new records')
  const client = await entities.create('client', { name: owner, phone: '+420 733 004 118' })
  await pause(BEAT)
  const pet = await entities.create('pet', {
    name: animal,
    species: 'Cat',
    clientId: client.id,
    weightKg: 4.2,
  })
  await pause(BEAT)
  const appointment = await entities.create('appointment', {
    petId: pet.id,
    reason: 'Vomiting since last night',
    startsAt: tomorrowAt(9),
  })
  await pause(BEAT)
  const soapNote = await entities.create('soapNote', {
    appointmentId: appointment.id,
    subjective: `${animal} has not eaten since last night`,
    objective: 'T 38.9 °C, mild dehydration',
  })
  await pause(READ)
  return { client, pet, appointment, soapNote }
}

type WalkIn = Awaited<ReturnType<typeof walkIn>>

const edits = async ({ treatment, pause, scene }: Stage, made: WalkIn) => {
  const { entities } = treatment.engine
  scene('Edits')
  await entities.update('pet', made.pet.id, { weightKg: 4.1 })
  await pause(BEAT)
  await entities.update('soapNote', made.soapNote.id, {
    assessment: 'Acute gastritis',
    plan: 'Maropitant 1 mg/kg SC, recheck in 24 h',
  })
  await pause(READ)
}

const sameField = async ({ front, treatment, pause, until, scene }: Stage, id: EntityId) => {
  scene('Same field, twice')
  await treatment.engine.entities.update('client', id, { phone: '+420 777 111 222' })
  await pause(LOOK)
  await front.engine.entities.update('client', id, { phone: '+420 602 333 444' })
  await until('the front desk’s edit is saved on the server', () => isRest(front))
  await pause(READ)
}

const comeBack = async ({ treatment, hands, pause, until, scene }: Stage) => {
  scene('Back, answer lost')
  await pause(BEAT)
  const before = treatment.network.state().lostAnswers
  const lose = part(treatment, '[data-network="lose"]')
  const on = part(treatment, '[data-network="on"]')
  if (lose === null || on === null) throw new Error('The treatment room has no network switch.')
  await hands.press(lose)
  await hands.press(on)
  await until('an answer is lost on its way', () => treatment.network.state().lostAnswers > before)
  await until('the treatment room waits to try again', () =>
    treatment.transitions.slice(-8).some(({ to }) => to === 'retry'),
  )
  await pause(LOOK)
}

const arrive = async ({ front, treatment, pause, until, scene }: Stage, made: WalkIn) => {
  await until('every temporary id has become a server id', async () => {
    for (const [type, record] of Object.entries(made) as [RecordType, WalkIn[keyof WalkIn]][]) {
      const now = await sameRecord(treatment, type, record.id)
      if (now === undefined || isTempId(String(now.id))) return false
    }
    return true
  })
  scene('Server ids')
  void front.engine.bidirectionalSync()
  const note = await sameRecord(treatment, 'soapNote', made.soapNote.id)
  await until('the front desk shows the new records', async () =>
    note === undefined ? false : await sameRecord(front, 'soapNote', note.id),
  )
  await pause(READ)
}

const decide = async ({ treatment, hands, pause, until, scene }: Stage, name: string) => {
  scene('Disagreement')
  await until('the treatment room asks for a decision', () => treatment.engine.status().state === 'conflict')
  await pause(LOOK)
  const row = await until('the conflict is listed', () => {
    const rows = document.querySelectorAll<HTMLElement>(
      `[data-device="${treatment.id}"] [data-sc-part="row-button"]`,
    )
    return [...rows].find((candidate) => candidate.textContent?.includes(name) === true)
  })
  await hands.press(row)
  const keep = await until('the dialog offers a choice', () => inDialog(treatment, '[data-side="local"]'))
  await pause(READ)
  await hands.press(keep)
  const apply = await until('the dialog shows what will be saved', () =>
    inDialog(treatment, '[data-sc-part="apply"]'),
  )
  await pause(LOOK)
  await hands.press(apply)
  const close = await until('the decision is stored', () =>
    inDialog(treatment, '[data-sc-part="modal"][data-state="resolved"] [data-sc-part="footer"] button'),
  )
  await pause(BEAT)
  await hands.press(close)
}

const agree = async ({ front, treatment, pause, until, scene }: Stage, id: EntityId) => {
  await until('the decision is accepted by the server', async () => {
    const record = await sameRecord(treatment, 'client', id)
    return record?.status === 'synced' && treatment.engine.status().conflicts === 0
  })
  void front.engine.bidirectionalSync()
  await until('both devices show the same', async () => {
    const [here, there] = await Promise.all([
      sameRecord(front, 'client', id),
      sameRecord(treatment, 'client', id),
    ])
    return here !== undefined && here.data.phone === there?.data.phone && isRest(front) && isRest(treatment)
  })
  scene('Agreement')
  await pause(BEAT)
}

/** The whole way of an edit made offline. It waits for what happens and never for a time. */
export const script = async (stage: Stage): Promise<void> => {
  await tidy(stage)
  const [known, owner, animal] = await castOf(stage.front)
  const knownId = await knownClient(stage, known)
  await goOffline(stage)
  const made = await walkIn(stage, owner, animal)
  await edits(stage, made)
  await sameField(stage, knownId)
  await comeBack(stage)
  await arrive(stage, made)
  await decide(stage, known)
  await agree(stage, knownId)
}
