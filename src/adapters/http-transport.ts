import * as v from 'valibot'
import type { AccountInfo, CallOptions, TransportFactory } from '../ports/transport.ts'
import { isSyncErrorCode, SyncError } from '../protocol/errors.ts'
import { PROTOCOL_VERSION } from '../protocol/messages.ts'
import { problemSchema } from '../protocol/validators.ts'

export interface HttpTransportOptions {
  /** Up to and with `/api/sync`. */
  baseUrl: string
  /** Asked before each request; `null`: nobody is signed in. */
  getToken: () => Promise<string | null> | string | null
  fetch?: typeof globalThis.fetch
  /** ms: what the date of a `Retry-After` is compared with; the system's time by default. */
  now?: () => number
}

/** A `Retry-After` further ahead than a day is a mistake of the server, not a wish. */
const MAX_RETRY_AFTER_MS = 86_400_000

/** Seconds or an HTTP date; ms from `now`, clamped; `undefined` where it is neither. */
export const parseRetryAfter = (header: string | null, now: number): number | undefined => {
  const text = header?.trim() ?? ''
  // `Date.parse` alone takes nearly anything for a date: '1.5' is a day in 2001.
  const isDate = /^[A-Z][a-z]{2,8},? /.test(text)
  if (!isDate && !/^\d+$/.test(text)) return undefined
  const ms = isDate ? Date.parse(text) - now : Number(text) * 1000
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS)
}

const base64Url = (text: string): string => {
  let binary = ''
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** A lone surrogate has no UTF-8: `encodeURIComponent` would throw, at every request. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\uFFFD')

const accountHeaders = (account: AccountInfo): Record<string, string> => ({
  'Synchart-Protocol': String(PROTOCOL_VERSION),
  'Synchart-Schema': String(account.schemaVersion),
  'Synchart-Account': base64Url(JSON.stringify([account.tenantId, account.userId])),
  ...(account.deviceName === undefined
    ? {}
    : { 'Synchart-Device': encodeURIComponent(wellFormed(account.deviceName)) }),
})

const toError = async (response: Response, now: number): Promise<SyncError> => {
  const { status } = response
  const echoed = response.headers.has('Synchart-Protocol')
  const retryAfterMs = parseRetryAfter(response.headers.get('Retry-After'), now)
  const problem = v.safeParse(problemSchema, await response.json().catch(() => null))
  const details = { status, echoed, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  // Without the echo it was a captive portal or a proxy that answered, not our server.
  if (!echoed) return new SyncError('NETWORK', `something in between answered ${status}`, details)
  const code = problem.success && isSyncErrorCode(problem.output.code) ? problem.output.code : null
  if (code !== null) return new SyncError(code, (problem.success && problem.output.detail) || code, details)
  if (status >= 500) return new SyncError('SERVER_ERROR', `the server answered ${status}`, details)
  return new SyncError('HTTP_STATUS', `the server answered ${status}`, details)
}

/** The protocol over HTTP. A redirect is a fault: it would carry the token elsewhere. */
export const httpTransport =
  (options: HttpTransportOptions): TransportFactory =>
  (account) => {
    const call = async <T>(path: string, body: unknown, { signal }: CallOptions): Promise<T> => {
      const token = await options.getToken()
      if (token === null) throw new SyncError('TOKEN_MISSING', 'nobody is signed in')
      const headers: Record<string, string> = { ...accountHeaders(account), Authorization: `Bearer ${token}` }
      const init: RequestInit = {
        method: body === undefined ? 'GET' : 'POST',
        headers,
        signal,
        redirect: 'error',
        cache: 'no-store',
      }
      if (body !== undefined) {
        headers['Content-Type'] = 'application/json'
        init.body = JSON.stringify(body)
      }
      let response: Response
      try {
        response = await (options.fetch ?? globalThis.fetch)(`${options.baseUrl}${path}`, init)
      } catch (cause) {
        if (signal.aborted) throw signal.reason
        throw new SyncError('NETWORK', 'the server was not reached', { cause })
      }
      if (!response.ok) throw await toError(response, (options.now ?? Date.now)())
      if (!response.headers.has('Synchart-Protocol'))
        throw new SyncError('NETWORK', 'something in between answered', { status: response.status })
      try {
        return (await response.json()) as T
      } catch (cause) {
        if (signal.aborted) throw signal.reason
        throw new SyncError('MALFORMED_ANSWER', 'the answer is no JSON', { status: response.status, cause })
      }
    }
    return {
      upload: (body, callOptions) => call('/upload', body, callOptions),
      download: (body, callOptions) => call('/download', body, callOptions),
      listConflicts: (body, callOptions) => {
        const query = new URLSearchParams()
        for (const [name, value] of Object.entries(body))
          if (value !== undefined) query.set(name, String(value))
        return call(`/conflicts?${query}`, undefined, callOptions)
      },
      resolveConflict: (body, callOptions) => call('/resolve-conflict', body, callOptions),
    }
  }
