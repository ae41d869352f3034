import type { StatelyInspectionEvent } from '@statelyai/inspect'

/** A state as a machine's config names it, as far as a picture needs it. */
export interface StateNode {
  key: string
  description: string
  states: readonly StateNode[]
}

export interface Actor {
  sessionId: string
  name: string
  parentId: string | null
  /** Empty for what is no machine: requests, timers. */
  states: readonly StateNode[]
  value: unknown
  isActive: boolean
}

export interface LogLine {
  number: number
  at: number
  actor: string
  event: string
  /** Where a machine is after it; empty where it did not move. */
  to: string
}

export interface View {
  actors: ReadonlyMap<string, Actor>
  log: readonly LogLine[]
}

export const emptyView: View = { actors: new Map(), log: [] }

const LOG_LENGTH = 120
/** Every request is an actor: beyond this the finished ones are forgotten. */
const ACTORS_KEPT = 60

type Dictionary = Record<string, unknown>
const isDictionary = (value: unknown): value is Dictionary =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const statesOf = (config: unknown): StateNode[] => {
  if (!isDictionary(config) || !isDictionary(config.states)) return []
  return Object.entries(config.states).map(([key, state]) => ({
    key,
    description: isDictionary(state) && typeof state.description === 'string' ? state.description : '',
    states: statesOf(state),
  }))
}

const parsed = (definition: string | undefined): unknown => {
  try {
    return JSON.parse(definition ?? '{}')
  } catch {
    return {}
  }
}

/** `{ uploading: 'sending' }` → `uploading.sending` */
export const pathOf = (value: unknown): string => {
  if (typeof value === 'string') return value
  if (!isDictionary(value)) return ''
  return Object.entries(value)
    .map(([key, inner]) => [key, pathOf(inner)].filter((part) => part !== '').join('.'))
    .join(' · ')
}

/** What stands below `key` where that state is active, else `undefined`. */
export const within = (value: unknown, key: string): unknown => {
  if (value === key) return null
  return isDictionary(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

const withActor = (view: View, actor: Actor): View => {
  const actors = new Map(view.actors).set(actor.sessionId, actor)
  const finished = [...actors.values()].filter(({ isActive }) => !isActive)
  for (const { sessionId } of finished.slice(0, Math.max(0, actors.size - ACTORS_KEPT)))
    actors.delete(sessionId)
  return { ...view, actors }
}

let lines = 0

const withLine = (view: View, line: Omit<LogLine, 'number'>): View => ({
  ...view,
  log: [{ number: ++lines, ...line }, ...view.log].slice(0, LOG_LENGTH),
})

const snapshotOf = (snapshot: unknown): { value: unknown; isActive: boolean } => ({
  value: isDictionary(snapshot) ? (snapshot.value ?? null) : null,
  isActive: !isDictionary(snapshot) || snapshot.status === undefined || snapshot.status === 'active',
})

/** The view after one event. Idempotent over actors: those of before the inspector opened are told again. */
export const nextView = (view: View, event: StatelyInspectionEvent): View => {
  if (event.type === '@xstate.actor')
    return withActor(view, {
      sessionId: event.sessionId,
      name: event.name,
      parentId: event.parentId ?? null,
      states: statesOf(parsed(event.definition)),
      ...snapshotOf(event.snapshot),
    })
  const actor = view.actors.get(event.sessionId)
  if (event.type !== '@xstate.snapshot' || actor === undefined) return view
  const now = { ...actor, ...snapshotOf(event.snapshot) }
  const moved = pathOf(now.value) === pathOf(actor.value) ? '' : pathOf(now.value)
  const told = withActor(view, now)
  const type = typeof event.event.type === 'string' ? event.event.type : ''
  // What promises say of themselves is in their parent's line already.
  if (actor.states.length === 0 || type === '') return told
  return withLine(told, { at: Number(event.createdAt), actor: actor.name, event: type, to: moved })
}
