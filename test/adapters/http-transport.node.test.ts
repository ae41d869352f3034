import { describe, expect, test } from 'vitest'
import type { HttpTransportOptions } from '../../src/adapters/http-transport.ts'
import { httpTransport, parseRetryAfter } from '../../src/adapters/http-transport.ts'

interface Seen {
  url: string
  init: RequestInit
}

const answering = (make: () => Response | Promise<Response>) => {
  const seen: Seen[] = []
  const fetch = (async (url: string, init: RequestInit) => {
    seen.push({ url, init })
    return await make()
  }) as unknown as typeof globalThis.fetch
  return { seen, fetch }
}

const ok = (body: unknown, headers: Record<string, string> = { 'Synchart-Protocol': '1' }) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { headers })

const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ type: 'x', title: 't', status, code, detail: 'd', requestId: 'r' }), {
    status,
    headers: { 'Synchart-Protocol': '1', ...headers },
  })

const account = { tenantId: '7', userId: 'Žaneta', schemaVersion: 3, deviceName: 'Desk PC ☎' }

const connect = (fetch: typeof globalThis.fetch, options: Partial<HttpTransportOptions> = {}) =>
  httpTransport({ baseUrl: 'https://x.test/api/sync', getToken: () => 'secret', fetch, ...options })(account)

const { signal } = new AbortController()
const upload = { operations: [] }

describe('requests', () => {
  test('HTP1 each carries protocol, schema, account, device and token, follows no redirect and no cache', async () => {
    const { seen, fetch } = answering(() => ok({ results: [] }))
    await connect(fetch).upload({ clientId: 'c', operations: [] }, { signal })
    expect(seen[0]?.url).toBe('https://x.test/api/sync/upload')
    expect(seen[0]?.init).toMatchObject({
      method: 'POST',
      body: '{"clientId":"c","operations":[]}',
      redirect: 'error',
      cache: 'no-store',
      headers: {
        'Synchart-Protocol': '1',
        'Synchart-Schema': '3',
        'Synchart-Device': 'Desk%20PC%20%E2%98%8E',
        Authorization: 'Bearer secret',
        'Content-Type': 'application/json',
      },
    })
    const sent = ((seen[0] as Seen).init.headers as Record<string, string>)['Synchart-Account'] as string
    expect(sent).toMatch(/^[A-Za-z0-9_-]+$/)
    expect(JSON.parse(Buffer.from(sent, 'base64url').toString('utf8'))).toEqual(['7', 'Žaneta'])
  })

  test('HTP2 the four calls and their paths', async () => {
    const { seen, fetch } = answering(() => ok({}))
    const transport = connect(fetch)
    await transport.download({ lastSync: null }, { signal })
    await transport.listConflicts({ state: 'open', after: 5 }, { signal })
    await transport.resolveConflict({ conflictId: 7, resolution: { strategy: 'server-wins' } }, { signal })
    expect(
      seen.map(({ url, init }) => `${init.method} ${url.slice('https://x.test/api/sync'.length)}`),
    ).toEqual(['POST /download', 'GET /conflicts?state=open&after=5', 'POST /resolve-conflict'])
    expect(seen[1]?.init.body).toBeUndefined()
  })

  test('HTP3 a device name that no URL can carry does not stop the sync', async () => {
    const { fetch } = answering(() => ok({}))
    const transport = httpTransport({ baseUrl: '', getToken: () => 't', fetch })({
      ...account,
      deviceName: 'x\ud800',
    })
    await expect(transport.upload(upload, { signal })).resolves.toEqual({})
  })

  test('HTP4 without a token nothing is sent: TOKEN_MISSING; the token is asked for before each request', async () => {
    const { seen, fetch } = answering(() => ok({}))
    const tokens = [null, 'a', 'b']
    const transport = connect(fetch, { getToken: async () => tokens.shift() ?? null })
    await expect(transport.upload(upload, { signal })).rejects.toMatchObject({ code: 'TOKEN_MISSING' })
    expect(seen).toEqual([])
    await transport.upload(upload, { signal })
    await transport.upload(upload, { signal })
    expect(seen.map(({ init }) => (init.headers as Record<string, string>).Authorization)).toEqual([
      'Bearer a',
      'Bearer b',
    ])
  })
})

describe('answers that are none', () => {
  const code = async (make: () => Response | Promise<Response>) =>
    await connect(answering(make).fetch)
      .upload(upload, { signal })
      .then(
        () => 'no error',
        (error: { code: string }) => error.code,
      )

  test('HTP5 a code of the problem body is the code of the error, with status, echo and wait', async () => {
    const { fetch } = answering(() => problem(429, 'RATE_LIMITED', { 'Retry-After': '7' }))
    await expect(connect(fetch).upload(upload, { signal })).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      status: 429,
      echoed: true,
      retryAfterMs: 7000,
      retriable: true,
    })
  })

  test.each<[string, string, () => Response | Promise<Response>]>([
    ['no network', 'NETWORK', () => Promise.reject(new TypeError('failed to fetch'))],
    ['a portal that answers 200 with HTML', 'NETWORK', () => ok('<html>', {})],
    ['a portal that answers 200 with JSON', 'NETWORK', () => ok({}, {})],
    ['a proxy that answers 403 in its own name', 'NETWORK', () => new Response('no', { status: 403 })],
    ['a proxy that answers 502', 'NETWORK', () => new Response('bad gateway', { status: 502 })],
    ['a token refused', 'TOKEN_EXPIRED', () => problem(401, 'TOKEN_EXPIRED')],
    ['another tenant', 'TENANT_FORBIDDEN', () => problem(403, 'TENANT_FORBIDDEN')],
    ['a code nobody knows, 4xx', 'HTTP_STATUS', () => problem(418, 'TEAPOT')],
    ['a code nobody knows, 5xx', 'SERVER_ERROR', () => problem(500, 'OOPS')],
    ['a code that every object has', 'HTTP_STATUS', () => problem(400, 'constructor')],
    [
      '500 without a body',
      'SERVER_ERROR',
      () => new Response(null, { status: 500, headers: { 'Synchart-Protocol': '1' } }),
    ],
    [
      '404 with HTML',
      'HTTP_STATUS',
      () => new Response('<html>', { status: 404, headers: { 'Synchart-Protocol': '1' } }),
    ],
    ['200 with truncated JSON', 'MALFORMED_ANSWER', () => ok('{"results": [')],
    ['200 with nothing', 'MALFORMED_ANSWER', () => ok('')],
  ])('HTP6 %s is %s', async (_label, expected, make) => {
    expect(await code(make)).toBe(expected)
  })

  test('HTP7 what was aborted rejects with the reason of the signal, at the request and at its body', async () => {
    const reason = new Error('stopped')
    for (const when of ['request', 'body'] as const) {
      const controller = new AbortController()
      const { fetch } = answering(() => {
        controller.abort(reason)
        if (when === 'request') throw new DOMException('aborted', 'AbortError')
        return ok('{')
      })
      await expect(connect(fetch).upload(upload, { signal: controller.signal })).rejects.toBe(reason)
    }
  })

  test('HTP8 no error carries the token', async () => {
    const { fetch } = answering(() => problem(401, 'TOKEN_INVALID'))
    const error = (await connect(fetch)
      .upload(upload, { signal })
      .catch((caught: unknown) => caught)) as Error
    expect(JSON.stringify(error) + error.message + error.stack).not.toContain('secret')
  })
})

describe('Retry-After', () => {
  const now = Date.parse('2024-05-01T12:00:00Z')

  test.each<[string | null, number | undefined]>([
    [null, undefined],
    ['', undefined],
    ['   ', undefined],
    ['0', 0],
    ['5', 5000],
    [' 120 ', 120_000],
    ['86400', 86_400_000],
    ['86401', 86_400_000],
    ['99999999999999999999', 86_400_000],
    ['Wed, 01 May 2024 12:00:30 GMT', 30_000],
    ['Wednesday, 01-May-24 12:00:30 GMT', 30_000],
    ['Wed May  1 12:00:30 2024 GMT', 30_000],
    ['Wed, 01 May 2024 11:00:00 GMT', 0],
    ['Fri, 01 May 2054 12:00:00 GMT', 86_400_000],
    ['-5', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['5 seconds', undefined],
    ['soon', undefined],
    ['NaN', undefined],
  ])('HTP9 %j is %s', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected)
  })
})
