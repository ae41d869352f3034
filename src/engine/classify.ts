import type { Fault } from '../../machines/fault.ts'
import { backoffMs } from '../core/backoff.ts'
import type { IdsPort } from '../ports/ids.ts'
import { SyncError } from '../protocol/errors.ts'
import type { Store } from '../stores/store.ts'

const MAX_WAIT_MS = 300_000

export interface RetryTiming {
  baseMs: number
  capMs: number
}

/** What went wrong, as one error of ours; anything else is a defect and keeps its message for the log. */
export const asSyncError = (error: unknown): SyncError =>
  error instanceof SyncError
    ? error
    : new SyncError('STORAGE_FAILED', error instanceof Error ? error.message : String(error), {
        cause: error,
      })

type FaultKind = Fault['kind']

/** Pure: where a fault of this code leads. `offline` is never answered here: connectivity finds out and says so. */
export const faultKindOf = (error: SyncError): FaultKind => {
  switch (error.code) {
    case 'TOKEN_MISSING':
    case 'TOKEN_EXPIRED':
    case 'TOKEN_INVALID':
    case 'TENANT_FORBIDDEN':
    case 'FORBIDDEN':
      return 'auth'
    case 'QUOTA_EXCEEDED':
      return 'quota'
    default:
      return error.retriable ? 'transient' : 'fatal'
  }
}

/** Did the network fail, rather than somebody answer? */
export const isLinkFault = (error: SyncError): boolean =>
  error.code === 'NETWORK' || error.code === 'TIMEOUT' || error.code === 'OFFLINE'

/** The fault for the chart. A transient one has its deadline stored first, so that a reload waits no less and no more. */
export const toFault = async (
  error: SyncError,
  store: Store,
  ids: IdsPort,
  now: () => number,
  timing: RetryTiming,
): Promise<Fault> => {
  const kind = faultKindOf(error)
  if (kind === 'fatal') return { kind, code: error.code }
  if (kind !== 'transient') return { kind } as Fault
  const jitter = ids.random()
  const deadline = (attempt: number) => {
    // A stored deadline further ahead counts as a clock that was set back (design: 5 min), so a wish is kept up to that.
    const own = backoffMs(attempt, timing.baseMs, timing.capMs, jitter)
    const forced = error.retryAfterMs
    return now() + (forced === undefined ? own : Math.min(MAX_WAIT_MS, Math.max(forced, own)))
  }
  const forced = error.retryAfterMs !== undefined
  try {
    const retryAt = await store.write('relaxed', async (unit) => {
      const attempt = unit.state.retry?.attempt ?? 0
      const at = deadline(attempt)
      unit.state.retry = { at, attempt: attempt + 1, forced }
      return at
    })
    return { kind, retryAt, forced }
  } catch {
    // The storage itself is what failed: the wait is then only as long as this tab lives.
    return { kind, retryAt: deadline(0), forced }
  }
}
