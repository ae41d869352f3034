import type { RefObject } from 'react'
import { useLayoutEffect, useRef } from 'react'
import type { ResolverState } from '../model/resolver.ts'

const targetOf = (state: ResolverState): string | null => {
  if (state.phase === 'previewing') return 'apply'
  if (state.phase === 'choosing' && !state.moved) return state.last
  return null
}

/**
 * Review → Apply; Back → the button it came from; resolved → the heading. Every other step leaves the focus alone, unless
 * it would be lost with the element it was on.
 */
export const useResolverFocus = (
  panel: RefObject<HTMLElement | null>,
  title: RefObject<HTMLElement | null>,
  state: ResolverState,
): void => {
  const before = useRef(state)
  useLayoutEffect(() => {
    const previous = before.current
    before.current = state
    if (previous === state || panel.current === null) return
    if (state.phase === 'resolved') {
      title.current?.focus()
      return
    }
    const name = previous.phase === state.phase ? null : targetOf(state)
    const target = name === null ? null : panel.current.querySelector<HTMLElement>(`[data-focus="${name}"]`)
    const isLost = document.activeElement === null || document.activeElement === document.body
    if (target !== null) target.focus()
    else if (isLost) title.current?.focus()
  }, [panel, title, state])
}
