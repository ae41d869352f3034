/** Randomness, as the engine sees it. */
export interface IdsPort {
  /** UUIDv7 for the given ms. */
  uuid(now: number): string
  /** `length` characters of `[0-9a-z]`. */
  randomBase36(length: number): string
  /** In [0, 1): jitter. */
  random(): number
}
