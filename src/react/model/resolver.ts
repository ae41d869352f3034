/** The panel's steps as one pure function. More of them join here as they are built. */
import type { Side } from './rows.ts'

export type ResolverState =
  | { phase: 'choosing'; moved: boolean; last: Side | null }
  | { phase: 'previewing'; side: Side; revision: string }
  | { phase: 'applying'; side: Side; revision: string }
  | { phase: 'applyFailed'; side: Side; revision: string; error: unknown }
  /** `refusal`: what the conflict said of an earlier decision at that time; another one means that this was refused. */
  | { phase: 'resolved'; refusal: string }

export type ResolverPhase = ResolverState['phase']

export type ResolverEvent =
  | { type: 'chosen'; side: Side; revision: string }
  | { type: 'wentBack' }
  | { type: 'applied' }
  | { type: 'failed'; error: unknown }
  | { type: 'saved'; refusal: string }
  | { type: 'returned'; refusal: string }
  | { type: 'moved'; revision: string }

export const initialResolverState: ResolverState = { phase: 'choosing', moved: false, last: null }

export const nextResolverState = (state: ResolverState, event: ResolverEvent): ResolverState => {
  switch (event.type) {
    case 'chosen':
      return state.phase === 'choosing'
        ? { phase: 'previewing', side: event.side, revision: event.revision }
        : state
    case 'wentBack':
      return state.phase === 'previewing' || state.phase === 'applyFailed'
        ? { phase: 'choosing', moved: false, last: state.side }
        : state
    case 'applied':
      return state.phase === 'previewing' || state.phase === 'applyFailed'
        ? { phase: 'applying', side: state.side, revision: state.revision }
        : state
    case 'failed':
      return state.phase === 'applying'
        ? { phase: 'applyFailed', side: state.side, revision: state.revision, error: event.error }
        : state
    case 'saved':
      return state.phase === 'applying' ? { phase: 'resolved', refusal: event.refusal } : state
    case 'returned':
      return state.phase === 'resolved' && state.refusal !== event.refusal ? initialResolverState : state
    case 'moved':
      // While it is being saved the record moves because of us.
      return (state.phase === 'previewing' || state.phase === 'applyFailed') &&
        state.revision !== event.revision
        ? { phase: 'choosing', moved: true, last: state.side }
        : state
  }
}
