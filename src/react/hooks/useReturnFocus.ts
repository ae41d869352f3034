import { useCallback, useEffect, useState } from 'react'

/** Where focus may go when the row it should return to is gone: a container's present row, else its heading. */
export const RETURN_SCOPE = 'data-sc-return-scope'
export const RETURN_TARGET = 'data-sc-return-target'

interface Origin {
  invoker: HTMLElement | null
  scope: HTMLElement | null
}

const originNow = (): Origin => {
  const invoker =
    typeof document !== 'undefined' && document.activeElement instanceof HTMLElement
      ? document.activeElement
      : null
  return { invoker, scope: invoker?.closest<HTMLElement>(`[${RETURN_SCOPE}]`) ?? null }
}

const isFocusLost = () => document.activeElement === document.body || document.activeElement === null

/**
 * Remembers the element that had focus before a dialog opened, and names where focus belongs afterwards: that element, or
 * its successor in the list it stood in.
 */
export const useReturnFocus = (open: boolean): (() => HTMLElement | null) => {
  const [remembered, setRemembered] = useState(() => ({ open, origin: originNow() }))
  // Read while rendering: by the time effects run, the dialog has moved the focus already.
  if (remembered.open !== open) setRemembered({ open, origin: open ? originNow() : remembered.origin })
  const { origin } = remembered

  const target = useCallback((): HTMLElement | null => {
    if (origin.invoker?.isConnected === true && origin.invoker !== document.body) return origin.invoker
    return origin.scope?.querySelector<HTMLElement>(`[${RETURN_TARGET}]`) ?? null
  }, [origin])

  useEffect(
    () => () => {
      // A host that unmounts the whole dialog leaves it no moment to give focus back.
      queueMicrotask(() => {
        if (isFocusLost()) target()?.focus()
      })
    },
    [target],
  )
  return target
}
