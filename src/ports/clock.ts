/** Time, as the engine sees it. Fits XState's `clock` option. */
export interface ClockPort {
  /** ms since 1970 */
  now(): number
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
}
