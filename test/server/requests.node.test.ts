import { gzipSync } from 'node:zlib'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { practiceSchema } from '../../demo/practice.ts'
import { jwtVerifier } from '../../server/index.ts'
import type { Problem } from '../../src/protocol/messages.ts'
import { type Bench, benchOn, nextId, tokenFor } from './support/bench.ts'
import { memoryStoreFor, newClient } from './support/practice.ts'

const endpoints: [method: string, path: string, body?: object][] = [
  ['POST', '/upload', { operations: [] }],
  ['POST', '/download', {}],
  ['GET', '/conflicts'],
  ['POST', '/resolve-conflict', { conflictId: 1, resolution: { strategy: 'server-wins' } }],
]

describe('requests as a whole', () => {
  let bench: Bench
  beforeEach(() => {
    bench = benchOn(practiceSchema, memoryStoreFor(practiceSchema))
  })

  const raw = async (path: string, init: RequestInit & { duplex?: 'half' } = {}, base = '/api/sync') => {
    const response = await bench.handler(new Request(`http://server${base}${path}`, init))
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as Problem }
  }
  const authorised = async (headers: Record<string, string> = {}) => ({
    Authorization: `Bearer ${await tokenFor()}`,
    'Content-Type': 'application/json',
    ...headers,
  })
  const account = (...names: unknown[]) => Buffer.from(JSON.stringify(names)).toString('base64url')

  const expectProblem = (answer: Awaited<ReturnType<typeof raw>>, status: number, code: string) => {
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
    expect(answer.headers.get('Synchart-Protocol')).toBe('1')
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.body).toMatchObject({
      type: expect.any(String),
      title: expect.any(String),
      status,
      requestId: expect.any(String),
    })
    expect(answer.text).not.toMatch(/\bat .*:\d+:\d+|node_modules|select |insert |\.ts\b/)
  }

  it('SRV2 every answer carries the protocol echo and is never stored', async () => {
    for (const [method, path, body] of endpoints.slice(0, 3)) {
      const init = {
        method,
        headers: await authorised(),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }
      const { status, headers } = await raw(path, init)
      expect([status, headers.get('Synchart-Protocol'), headers.get('Cache-Control')]).toEqual([
        200,
        '1',
        'no-store',
      ])
    }
  })

  it('SRV2 unknown paths are 404 and wrong methods 405 before anything else is looked at', async () => {
    for (const path of ['/', '/events', '/permissions', '/upload/', '/Upload'])
      expectProblem(await raw(path), 404, 'NOT_FOUND')
    expectProblem(await raw('/upload', {}, '/api'), 404, 'NOT_FOUND')
    for (const [method, path] of endpoints)
      for (const wrong of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].filter(
        (name) => name !== method,
      )) {
        const answer = await raw(path, { method: wrong })
        expectProblem(answer, 405, 'METHOD_NOT_ALLOWED')
        expect(answer.headers.get('Allow')).toBe(method)
      }
  })

  it('SRV1 a token is needed on every endpoint, before the body is read', async () => {
    for (const [method, path] of endpoints) {
      const init = method === 'GET' ? { method } : { method, body: '{ not json' }
      for (const Authorization of ['', 'Basic abc', 'Bearer', 'Bearer ']) {
        const answer = await raw(path, { ...init, headers: { Authorization } })
        expectProblem(answer, 401, 'TOKEN_MISSING')
        expect(answer.headers.get('WWW-Authenticate')).toContain('Bearer')
      }
      expectProblem(
        await raw(path, { ...init, headers: { Authorization: 'Bearer a.b.c' } }),
        401,
        'TOKEN_INVALID',
      )
      const old = await tokenFor({ lifetime: -31 })
      expectProblem(
        await raw(path, { ...init, headers: { Authorization: `Bearer ${old}` } }),
        401,
        'TOKEN_EXPIRED',
      )
    }
    const skewed = { Authorization: `Bearer ${await tokenFor({ lifetime: -20 })}` }
    expect((await raw('/conflicts', { headers: skewed })).status).toBe(200)
  })

  it('SRV1 only signatures of the agreed kind count, and only tokens that name a tenant and a user', async () => {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const exp = Math.floor(Date.now() / 1000) + 60
    const none = `${encode({ alg: 'none' })}.${encode({ sub: 'u', tid: 't', exp })}.`
    const secret = new TextEncoder().encode('a secret of the tests, 32 bytes long')
    const sign = (claims: object, key = secret, alg = 'HS256') =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg }).sign(key)
    const bad = [
      none,
      await sign({ sub: 'u', tid: 't', exp }, new TextEncoder().encode('another secret of 32 bytes length')),
      await sign({ sub: 'u', tid: 't' }),
      await sign({ sub: 'u', exp }),
      await sign({ tid: 't', exp }),
      await sign({ sub: '', tid: 't', exp }),
      await sign({ sub: { $ne: 1 }, tid: 't', exp }),
      await sign({ sub: 'u\u0000', tid: 't', exp }),
    ]
    for (const token of bad)
      expectProblem(
        await raw('/conflicts', { headers: { Authorization: `Bearer ${token}` } }),
        401,
        'TOKEN_INVALID',
      )
    const numbers = await sign({ sub: 7, tid: 9, exp })
    const headers = { Authorization: `Bearer ${numbers}`, 'Synchart-Account': account('9', '7') }
    expect((await raw('/conflicts', { headers })).status).toBe(200)
  })

  it('SRV1 another algorithm with the right secret is refused', async () => {
    const long = new TextEncoder().encode('long enough for all of the family'.padEnd(64))
    const claims = { tid: 't', exp: Math.floor(Date.now() / 1000) + 60 }
    const signed = (alg: string) => new SignJWT(claims).setProtectedHeader({ alg }).setSubject('u').sign(long)
    const verify = jwtVerifier({ secret: long })
    expect((await verify(await signed('HS256'), Date.now())).userId).toBe('u')
    await expect(verify(await signed('HS512'), Date.now())).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it('SRV1 a public key cannot be used as a secret', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
    const verify = jwtVerifier({ jwks: async () => publicKey })
    const claims = { tid: 't', exp: Math.floor(Date.now() / 1000) + 60 }
    const good = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256' })
      .setSubject('u')
      .sign(privateKey)
    expect(await verify(good, Date.now())).toEqual({ tenantId: 't', userId: 'u', roles: [] })
    const jwk = new TextEncoder().encode(JSON.stringify(await exportJWK(publicKey)))
    const confused = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setSubject('u').sign(jwk)
    await expect(verify(confused, Date.now())).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it("SRV1 a store never syncs under somebody else's token", async () => {
    for (const [method, path] of endpoints) {
      const init = method === 'GET' ? { method } : { method, body: '{ not json' }
      for (const wrong of [
        account('t2', 'u1'),
        account('t1', 'u2'),
        account('t1'),
        account(['t1', 'u1']),
        account(1, 2),
        account('t1', 'u1', 'x'),
        'rubbish',
        '',
      ]) {
        const headers = await authorised({ 'Synchart-Account': wrong })
        expectProblem(await raw(path, { ...init, headers }), 403, 'TENANT_FORBIDDEN')
      }
    }
    const headers = await authorised({ 'Synchart-Account': account('t1', 'u1') })
    expect((await raw('/conflicts', { headers })).status).toBe(200)
  })

  it('SRV2 bodies are refused in order: media type, encoding, size, depth, JSON, protocol, shape', async () => {
    const deep = '['.repeat(50_000)
    const large = JSON.stringify({ operations: [], x: 'x'.repeat(10_000_000) })
    const post = async (body: BodyInit, headers: Record<string, string> = {}) =>
      raw('/upload', { method: 'POST', body, headers: await authorised(headers) })
    const all = { 'Content-Type': 'text/plain', 'Content-Encoding': 'br', 'Synchart-Protocol': '2' }
    expectProblem(await post(large, all), 415, 'UNSUPPORTED_MEDIA_TYPE')
    const encoded = { 'Content-Encoding': 'br', 'Synchart-Protocol': '2' }
    const refused = await post(large, encoded)
    expectProblem(refused, 415, 'UNSUPPORTED_ENCODING')
    expect(refused.headers.get('Accept-Encoding')).toContain('gzip')
    expectProblem(await post(deep + large, { 'Synchart-Protocol': '2' }), 413, 'BODY_TOO_LARGE')
    expectProblem(await post(deep, { 'Synchart-Protocol': '2' }), 400, 'TOO_DEEP')
    expectProblem(await post('{"operations": [', { 'Synchart-Protocol': '2' }), 400, 'INVALID_REQUEST')
    expectProblem(await post('{"nonsense": 1}', { 'Synchart-Protocol': '2' }), 400, 'PROTOCOL_UNSUPPORTED')
    expectProblem(await post('{"nonsense": 1}', { 'Synchart-Schema': '0' }), 426, 'SCHEMA_TOO_OLD')
    expectProblem(await post('{"nonsense": 1}', { 'Synchart-Schema': 'x' }), 400, 'INVALID_REQUEST')
    expectProblem(await post('{"nonsense": 1}'), 400, 'INVALID_REQUEST')
    const began = performance.now()
    expect(
      (await post('{"operations":[]}', { 'Synchart-Protocol': '1', 'Synchart-Schema': '99' })).status,
    ).toBe(200)
    expect(performance.now() - began).toBeLessThan(500)
  })

  it('SRV2 the limits hold at the byte, the level and the operation', async () => {
    const nested = (levels: number) => {
      const inner = levels - 4
      const address = `${'{"a":'.repeat(inner)}1${'}'.repeat(inner)}`
      return `{"operations":[{"id":"${nextId()}","type":"create","entityType":"client","entityId":"temp_1730534400000_${nextId().replace('-', '')}_client","data":{"name":"A","address":${address}}}]}`
    }
    const post = async (body: BodyInit) =>
      raw('/upload', { method: 'POST', body, headers: await authorised() })
    expect((await post(nested(32))).body).toMatchObject({ results: [{ status: 'applied' }] })
    expectProblem(await post(nested(33)), 400, 'TOO_DEEP')
    const sized = (bytes: number) => `{"operations":[]${' '.repeat(bytes - 17)}}`
    expect((await post(sized(4_194_304))).status).toBe(200)
    expectProblem(await post(sized(4_194_305)), 413, 'BODY_TOO_LARGE')
    const brackets = `{"operations":[],"x":"${'[{\\"'.repeat(100)}"}`
    expectProblem(await post(brackets), 400, 'INVALID_REQUEST')
  })

  it('SRV2 gzip is taken, counted after it is unpacked, and refused where it is none', async () => {
    const post = async (body: Uint8Array) =>
      raw('/upload', {
        method: 'POST',
        body: new Uint8Array(body),
        headers: await authorised({ 'Content-Encoding': 'gzip' }),
      })
    const operations = [{ id: nextId(), ...newClient() }]
    expect((await post(gzipSync(JSON.stringify({ operations })))).body).toMatchObject({
      results: [{ status: 'applied' }],
    })
    expectProblem(await post(gzipSync(Buffer.alloc(50_000_000, ' '))), 413, 'BODY_TOO_LARGE')
    expectProblem(await post(new TextEncoder().encode('{"operations":[]}')), 400, 'INVALID_REQUEST')
    expectProblem(
      await post(gzipSync(JSON.stringify({ operations })).subarray(0, 30)),
      400,
      'INVALID_REQUEST',
    )
    expectProblem(await post(gzipSync('['.repeat(50_000))), 400, 'TOO_DEEP')
    expect((await bench.download()).entities).toHaveLength(1)
  })

  it('SRV2 text that is no UTF-8, or empty, is no JSON', async () => {
    for (const body of ['', ' ', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])])
      expectProblem(
        await raw('/download', { method: 'POST', body, headers: await authorised() }),
        400,
        'INVALID_REQUEST',
      )
  })

  it('SRV2 without a Content-Type JSON is meant', async () => {
    const body = new TextEncoder().encode('{"operations":[]}')
    const headers = { Authorization: `Bearer ${await tokenFor()}` }
    expect((await raw('/upload', { method: 'POST', body, headers })).status).toBe(200)
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'Application/JSON',
      // What `curl -d` says of every body.
      'application/x-www-form-urlencoded',
    ])
      expect(
        (await raw('/upload', { method: 'POST', body, headers: { ...headers, 'Content-Type': type } }))
          .status,
      ).toBe(200)
    for (const type of ['text/plain', 'application/jsonp', 'multipart/form-data'])
      expectProblem(
        await raw('/upload', { method: 'POST', body, headers: { ...headers, 'Content-Type': type } }),
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      )
  })

  it('SRV16 under a too old schema only what is remembered is answered, and nothing is applied', async () => {
    const known = { id: nextId(), ...newClient() }
    const { results } = await bench.upload([known])
    const old = { headers: { 'Synchart-Schema': '0' } }
    expect((await bench.upload([known], old)).results).toEqual([{ ...results[0], replayed: true }])
    for (const operations of [
      [known, { id: nextId(), ...newClient() }],
      [{ ...known, data: { name: 'Else' } }],
    ]) {
      const answer = await bench.send('/upload', { operations }, old)
      expect([answer.status, answer.body.code]).toEqual([426, 'SCHEMA_TOO_OLD'])
    }
    for (const [, path, body] of endpoints.slice(1))
      expect((await bench.send(path, body, old)).status).toBe(426)
    expect((await bench.download()).entities).toHaveLength(1)
  })

  it('SRV16 a server with a newer schema refuses older clients, unless it is told to take them', async () => {
    const newer = { ...practiceSchema, version: 3 }
    const store = memoryStoreFor(newer)
    const strict = benchOn(newer, store)
    const lenient = benchOn(newer, store, { minSchemaVersion: 2 })
    const status = async (on: Bench, version: string) =>
      (await on.send('/download', {}, { headers: { 'Synchart-Schema': version } })).status
    expect([await status(strict, '2'), await status(strict, '3'), await status(strict, '4')]).toEqual([
      426, 200, 200,
    ])
    expect([await status(lenient, '1'), await status(lenient, '2')]).toEqual([426, 200])
  })

  it('SRV2 what fails inside is a 500 that says nothing, and is told to the one who runs the server', async () => {
    const store = memoryStoreFor(practiceSchema)
    const heard: [unknown, string][] = []
    const failure = new Error('password=hunter2 at /srv/app/secret.ts:1:1 select * from client')
    const broken = { ...store, read: () => Promise.reject(failure) }
    const failing = benchOn(practiceSchema, broken, {
      onError: (error, requestId) => heard.push([error, requestId]),
    })
    const answer = await failing.send('/download', {})
    expect([answer.status, answer.body.code]).toEqual([500, 'SERVER_ERROR'])
    expect(JSON.stringify(answer.body)).not.toMatch(/hunter2|select|secret/)
    expect(heard).toEqual([[failure, answer.body.requestId]])
  })
})
