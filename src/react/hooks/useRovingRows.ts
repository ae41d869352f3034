import type { FocusEvent, KeyboardEvent, RefObject } from 'react'
import { useLayoutEffect, useRef, useState } from 'react'

const PAGE_STEP = 10

export interface RovingRows {
  /** The one row that Tab reaches. */
  activeId: number | null
  /** On the list. */
  onKeyDown(event: KeyboardEvent<HTMLElement>): void
  /** On whatever may lose its focused element together with a row. */
  onFocus(event: FocusEvent<HTMLElement>): void
  onBlur(event: FocusEvent<HTMLElement>): void
}

const rowElement = (list: HTMLElement | null, id: number) =>
  list?.querySelector<HTMLElement>(`[data-row="${id}"]`)

const stepOf = (key: string): number | null => {
  if (key === 'ArrowDown') return 1
  if (key === 'ArrowUp') return -1
  if (key === 'PageDown') return PAGE_STEP
  if (key === 'PageUp') return -PAGE_STEP
  if (key === 'Home') return Number.NEGATIVE_INFINITY
  return key === 'End' ? Number.POSITIVE_INFINITY : null
}

/**
 * Arrows, Home, End and the page keys move between rows. When the active row goes away its place is taken by the next one,
 * else the one before, else focus goes to the fallback: never to the page.
 */
export const useRovingRows = (
  ids: readonly number[],
  list: RefObject<HTMLElement | null>,
  fallback: RefObject<HTMLElement | null>,
): RovingRows => {
  const [active, setActive] = useState<{ id: number; index: number } | null>(null)
  const isWithin = useRef(false)
  const isPresent = active !== null && ids.includes(active.id)
  const index = isPresent ? ids.indexOf(active.id) : Math.min(active?.index ?? 0, ids.length - 1)
  const activeId = ids[index] ?? null

  useLayoutEffect(() => {
    const isLost = document.activeElement === document.body || document.activeElement === null
    if (!isWithin.current || !isLost) return
    const row = activeId === null ? null : rowElement(list.current, activeId)
    ;(row ?? fallback.current)?.focus()
  })

  return {
    activeId,
    onKeyDown(event) {
      const step = stepOf(event.key)
      if (step === null || event.altKey || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      const next = Math.min(Math.max(0, index + step), ids.length - 1)
      const id = ids[next]
      if (id === undefined) return
      setActive({ id, index: next })
      rowElement(list.current, id)?.focus()
    },
    onFocus(event) {
      isWithin.current = true
      const id = Number(event.target.closest<HTMLElement>('[data-row]')?.dataset.row)
      const position = ids.indexOf(id)
      if (position >= 0 && id !== activeId) setActive({ id, index: position })
    },
    onBlur(event) {
      // A removed element loses the focus without anybody having left.
      if (event.relatedTarget === null && !event.target.isConnected) return
      isWithin.current = event.relatedTarget !== null && event.currentTarget.contains(event.relatedTarget)
    },
  }
}
