import { useCallback, useInsertionEffect, useRef } from 'react'

/** A function that never changes and always calls the latest one: hosts write handlers anew in every render. */
export const useLatest = <Args extends unknown[], Result>(
  callback: (...args: Args) => Result,
): ((...args: Args) => Result) => {
  const latest = useRef(callback)
  useInsertionEffect(() => {
    latest.current = callback
  })
  return useCallback((...args: Args) => latest.current(...args), [])
}
