import * as v from 'valibot'
import type { ClockPort } from '../ports/clock.ts'
import type { TransportPort } from '../ports/transport.ts'
import { SyncError } from '../protocol/errors.ts'
import type { DownloadAnswer, DownloadRequest, UploadAnswer, UploadRequest } from '../protocol/messages.ts'
import { downloadAnswerSchema, issuePath, uploadAnswerSchema } from '../protocol/validators.ts'

/** A hard limit for one request: a laptop that sleeps in the middle must not leave it hanging for ever. */
const bounded = async <T>(
  clock: ClockPort,
  timeoutMs: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const controller = new AbortController()
  let stop: () => void = () => undefined
  const ended = new Promise<never>((_, reject) => {
    const fail = (reason: unknown) => {
      controller.abort(reason)
      reject(reason)
    }
    const onAbort = () => fail(outer.reason)
    const timer = clock.setTimeout(
      () => fail(new SyncError('TIMEOUT', `no answer within ${timeoutMs} ms`)),
      timeoutMs,
    )
    outer.addEventListener('abort', onAbort, { once: true })
    stop = () => {
      clock.clearTimeout(timer)
      outer.removeEventListener('abort', onAbort)
    }
    if (outer.aborted) onAbort()
  })
  try {
    return await Promise.race([work(controller.signal), ended])
  } finally {
    stop()
  }
}

/** Whatever a transport of the app throws, a failing `getToken` included, is a request that did not get through. */
const carried = async <T>(request: Promise<T>): Promise<T> => {
  try {
    return await request
  } catch (cause) {
    if (cause instanceof SyncError) throw cause
    throw new SyncError('NETWORK', 'the request was not carried', { cause })
  }
}

const checked = <T>(schema: v.GenericSchema<T>, answer: unknown): T => {
  const parsed = v.safeParse(schema, answer)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const path = issuePath(issue)
  throw new SyncError('MALFORMED_ANSWER', `the answer is not of the protocol: ${path}: ${issue.message}`, {
    path,
  })
}

/** The transport, bounded in time, its answers checked whatever transport it is. */
export interface Calls {
  upload(body: UploadRequest, signal: AbortSignal): Promise<UploadAnswer>
  download(body: DownloadRequest, signal: AbortSignal): Promise<DownloadAnswer>
}

export const boundedCalls = (transport: TransportPort, clock: ClockPort, timeoutMs: number): Calls => ({
  upload: async (body, outer) =>
    checked(
      uploadAnswerSchema,
      await carried(bounded(clock, timeoutMs, outer, (signal) => transport.upload(body, { signal }))),
    ),
  download: async (body, outer) =>
    checked(
      downloadAnswerSchema,
      await carried(bounded(clock, timeoutMs, outer, (signal) => transport.download(body, { signal }))),
    ),
})
