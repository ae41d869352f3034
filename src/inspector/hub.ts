import type { InspectionEvent } from 'xstate'

export type InspectionListener = (event: InspectionEvent) => void

export interface InspectionHub {
  /** For the engine's option `inspect`. */
  inspect: (event: unknown) => void
  /** A listener that comes late is first told of the actors that are alive. */
  attach(listener: InspectionListener): () => void
}

type ActorEvent = Extract<InspectionEvent, { type: '@xstate.actor' }>

/** Every request is an actor of its own: beyond this many the stopped ones are looked for and forgotten. */
const SWEEP_ABOVE = 32

const isInspectionEvent = (event: unknown): event is InspectionEvent =>
  typeof event === 'object' &&
  event !== null &&
  'type' in event &&
  typeof event.type === 'string' &&
  event.type.startsWith('@xstate.')

const isActive = ({ actorRef }: ActorEvent): boolean => {
  // The first event of an actor comes before it has a snapshot.
  const snapshot: unknown = actorRef.getSnapshot()
  if (typeof snapshot !== 'object' || snapshot === null || !('status' in snapshot)) return true
  return snapshot.status === 'active'
}

/**
 * XState takes its `inspect` when an actor is made and never again, and tells of each actor once. The hub is what it is
 * given; inspectors come and go behind it.
 */
export const inspectionHub = (): InspectionHub => {
  const actors = new Map<string, ActorEvent>()
  const listeners = new Set<InspectionListener>()

  const sweep = () => {
    for (const [sessionId, event] of actors) if (!isActive(event)) actors.delete(sessionId)
  }

  return {
    inspect: (event) => {
      if (!isInspectionEvent(event)) return
      if (event.type === '@xstate.actor') {
        if (actors.size >= SWEEP_ABOVE) sweep()
        actors.set(event.actorRef.sessionId, event)
      }
      for (const listener of [...listeners]) listener(event)
    },
    attach: (listener) => {
      sweep()
      for (const event of actors.values()) listener(event)
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
