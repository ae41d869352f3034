import { useCallback, useEffect, useReducer, useRef } from 'react'
import type { Conflict, ConflictStrategy } from '../../engine/types.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { revisionOf, strategyOf } from '../model/conflict-view.ts'
import type { ResolverState } from '../model/resolver.ts'
import { initialResolverState, nextResolverState } from '../model/resolver.ts'
import type { Side } from '../model/rows.ts'

export type OnResolve = (strategy: ConflictStrategy, mergedData?: JsonObject) => Promise<void>

export interface Resolver {
  state: ResolverState
  choose(side: Side): void
  back(): void
  apply(): void
}

/** Holds one decision from the first look to the saved answer; the panel and its dialog share it. */
export const useResolver = (conflict: Conflict, onResolve: OnResolve): Resolver => {
  const refusal = JSON.stringify(conflict.error ?? null)
  const [state, dispatch] = useReducer(
    nextResolverState,
    conflict.status === 'deciding'
      ? ({ phase: 'resolved', refusal } satisfies ResolverState)
      : initialResolverState,
  )
  const revision = revisionOf(conflict)
  const isSaving = useRef(false)

  useEffect(() => dispatch({ type: 'moved', revision }), [revision])
  useEffect(() => {
    if (conflict.status === 'open') dispatch({ type: 'returned', refusal })
  }, [conflict.status, refusal])

  const choose = useCallback((side: Side) => dispatch({ type: 'chosen', side, revision }), [revision])
  const back = useCallback(() => dispatch({ type: 'wentBack' }), [])

  const save = async (side: Side) => {
    // A second press may come before the first one is on screen.
    if (isSaving.current) return
    isSaving.current = true
    dispatch({ type: 'applied' })
    try {
      await onResolve(strategyOf(side))
      dispatch({ type: 'saved', refusal })
    } catch (error) {
      dispatch({ type: 'failed', error })
    } finally {
      isSaving.current = false
    }
  }
  const apply = () => {
    if (state.phase !== 'previewing' && state.phase !== 'applyFailed') return
    // The press may come between the change and the moment it is on screen: only what was seen is applied.
    if (state.revision === revision) void save(state.side)
    else dispatch({ type: 'moved', revision })
  }
  return { state, choose, back, apply }
}
