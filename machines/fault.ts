/** What an actor rejects with: plain data, so that a chart decides by it and a recorder can print it. */
export type Fault =
  /** No network. Nothing is counted against anybody; connectivity says when it is back. */
  | { kind: 'offline' }
  /** The server does not accept the token, or there is none. */
  | { kind: 'auth' }
  /** This device, or the server for this store, has no room left. */
  | { kind: 'quota' }
  /** The same call will fail until somebody changes something. */
  | { kind: 'fatal'; code: string }
  /** The same call may succeed later. */
  | {
      kind: 'transient'
      /** ms of the clock; whoever rejects has already stored it. */
      retryAt: number
      /** The server named the time (`Retry-After`): a person's request does not clear it. */
      forced: boolean
    }

/** What was thrown without being a `Fault` is a defect of ours; waiting briefly would not mend it. */
const unexpected: Fault = { kind: 'fatal', code: 'UNEXPECTED' }

const isFault = (error: unknown): error is Fault => {
  if (typeof error !== 'object' || error === null || !('kind' in error)) return false
  switch (error.kind) {
    case 'offline':
    case 'auth':
    case 'quota':
      return true
    case 'fatal':
      return 'code' in error && typeof error.code === 'string'
    case 'transient':
      return (
        'retryAt' in error &&
        Number.isFinite(error.retryAt) &&
        'forced' in error &&
        typeof error.forced === 'boolean'
      )
    default:
      return false
  }
}

export const asFault = (error: unknown): Fault => (isFault(error) ? error : unexpected)

/** The fault that an `onError` transition is about. */
export const faultIn = (event: object): Fault => asFault('error' in event ? event.error : undefined)
