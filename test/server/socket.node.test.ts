import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { practiceSchema } from '../../demo/practice.ts'
import { type RunningServer, serve } from '../../server/node.ts'
import { type Bench, benchOn, nextId, tokenFor } from './support/bench.ts'
import { memoryStoreFor, newClient } from './support/practice.ts'

describe('over a socket', { timeout: 60_000 }, () => {
  let bench: Bench
  let server: RunningServer
  let release = () => {}

  beforeAll(async () => {
    bench = benchOn(practiceSchema, memoryStoreFor(practiceSchema))
    server = await serve({
      port: 0,
      handler: async (request) => {
        if (request.headers.has('X-Hold')) await new Promise<void>((resolve) => (release = resolve))
        return bench.handler(request)
      },
    })
  })
  afterAll(() => server.close(100))

  const post = async (body: BodyInit, headers: Record<string, string> = {}, path = '/upload') =>
    fetch(`${server.url}/api/sync${path}`, {
      method: 'POST',
      body,
      headers: {
        Authorization: `Bearer ${await tokenFor()}`,
        'Content-Type': 'application/json',
        ...headers,
      },
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    } as RequestInit)

  const small = () => JSON.stringify({ operations: [{ id: nextId(), ...newClient() }] })

  const expectNextAtOnce = async () => {
    const began = performance.now()
    expect((await post(small())).status).toBe(200)
    // Generous for a busy machine; what it must not be is a timeout.
    expect(performance.now() - began).toBeLessThan(2000)
  }

  it('SRV22 a body that is refused is read to its end: the client sees the answer, never a reset', async () => {
    const large = 'x'.repeat(10_000_000)
    for (const [headers, status] of [
      [{}, 413],
      [{ Authorization: '' }, 401],
      [{ 'Content-Type': 'text/plain' }, 415],
      [{ 'Content-Encoding': 'br' }, 415],
      [{ 'Synchart-Account': 'bm9ib2R5' }, 403],
    ] as const) {
      const response = await post(large, headers)
      expect([response.status, response.headers.get('Content-Type')]).toEqual([
        status,
        'application/problem+json',
      ])
      await response.text()
      await expectNextAtOnce()
    }
    expect((await post(large, {}, '/nowhere')).status).toBe(404)
  })

  it('SRV22 a body without a length is counted as it comes', async () => {
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (sent >= 20_000_000) return controller.close()
        sent += 100_000
        controller.enqueue(new Uint8Array(100_000).fill(0x20))
      },
    })
    expect((await post(endless)).status).toBe(413)
    await expectNextAtOnce()
  })

  it('SRV22 a body beyond all measure ends the connection, and nothing else', async () => {
    const outcome = await new Promise<string>((resolve) => {
      const request = httpRequest(`${server.url}/api/sync/upload`, { method: 'POST' }, (response) => {
        response.resume()
        resolve(String(response.statusCode))
      })
      request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
      const chunk = Buffer.alloc(1_000_000, ' ')
      let left = 200
      const write = () => {
        while (left-- > 0) if (!request.write(chunk)) return request.once('drain', write)
        request.end()
      }
      write()
    })
    expect(['401', 'EPIPE', 'ECONNRESET']).toContain(outcome)
    await expectNextAtOnce()
  })

  it('SRV22 a bomb and a deep body are answered, and the next request at once', async () => {
    expect((await post(gzipSync(Buffer.alloc(50_000_000, ' ')), { 'Content-Encoding': 'gzip' })).status).toBe(
      413,
    )
    await expectNextAtOnce()
    expect((await post('['.repeat(50_000))).status).toBe(400)
    await expectNextAtOnce()
  })

  it('SRV22 a client that goes away in the middle of its body harms nobody', async () => {
    for (let round = 0; round < 3; round++) {
      const socket = connect(server.port, '127.0.0.1')
      socket.write(
        `POST /api/sync/upload HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${await tokenFor()}\r\nContent-Length: 5000\r\n\r\n{"operations":[`,
      )
      await new Promise((resolve) => setTimeout(resolve, 50))
      socket.destroy()
    }
    await expectNextAtOnce()
  })

  it('SRV22 many requests on one connection are answered in turn', async () => {
    const statuses = await Promise.all(Array.from({ length: 50 }, async () => (await post(small())).status))
    expect(new Set(statuses)).toEqual(new Set([200]))
  })

  it('SRV22 a taken port is told with its remedy', async () => {
    await expect(serve({ port: server.port, handler: bench.handler })).rejects.toThrow(
      new RegExp(`port ${server.port} .*taken.*PORT`),
    )
  })

  it('SRV22 what has begun is answered before the server stops', async () => {
    const held = post(small(), { 'X-Hold': '1' })
    await new Promise((resolve) => setTimeout(resolve, 100))
    const closing = server.close(5000)
    await expect(post(small())).rejects.toThrow()
    release()
    expect((await held).status).toBe(200)
    await closing
  })
})
