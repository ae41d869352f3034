import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { OperationResult, SyncOperation } from '../../../src/index.ts'

/** A request that went through, with what came back; `delivered` tells whether the page got it. */
export interface Exchange {
  path: string
  operations: SyncOperation[]
  status: number
  results: OperationResult[]
  delivered: boolean
}

export interface Held {
  /** The server has answered to the end, and the page knows nothing of it. */
  answered: Promise<Exchange>
  release(): void
  /** The page's connection breaks without a byte of the answer. */
  drop(): void
}

export interface WireProxy {
  url: string
  exchanges: readonly Exchange[]
  /** Withholds the answer to the next request that carries operations. */
  holdNextUpload(): Held
  close(): Promise<void>
}

const listIn = <T>(body: Buffer, field: string): T[] => {
  try {
    const parsed: unknown = JSON.parse(body.toString())
    const list: unknown =
      typeof parsed === 'object' &&
      parsed !== null &&
      Object.entries(parsed).find(([key]) => key === field)?.[1]
    return Array.isArray(list) ? (list as T[]) : []
  } catch {
    return []
  }
}

interface Answer {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
}

const forward = async (port: number, asked: IncomingMessage, body: Buffer): Promise<Answer> =>
  await new Promise((resolve, reject) => {
    const { method, url: path, headers } = asked
    const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      buffer(response).then(
        (answer) => resolve({ status: response.statusCode ?? 502, headers: response.headers, body: answer }),
        reject,
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })

interface Hold {
  answered(exchange: Exchange): void
  verdict: Promise<'release' | 'drop'>
}

const newHold = (): { hold: Hold; held: Held } => {
  let decide: (verdict: 'release' | 'drop') => void = () => undefined
  let tell: (exchange: Exchange) => void = () => undefined
  const verdict = new Promise<'release' | 'drop'>((resolve) => {
    decide = resolve
  })
  const answered = new Promise<Exchange>((resolve) => {
    tell = resolve
  })
  return {
    hold: { answered: tell, verdict },
    held: { answered, release: () => decide('release'), drop: () => decide('drop') },
  }
}

/** Stands between the pages and the server. What the server has answered may be withheld, handed on, or lost. */
export const startProxy = async (port: number): Promise<WireProxy> => {
  const exchanges: Exchange[] = []
  const holds: Hold[] = []

  const pass = async (asked: IncomingMessage, response: ServerResponse) => {
    const path = asked.url ?? '/'
    const body = await buffer(asked)
    const operations = path.endsWith('/upload') ? listIn<SyncOperation>(body, 'operations') : []
    const hold = operations.length > 0 ? holds.shift() : undefined
    const answer = await forward(port, asked, body)
    const results = listIn<OperationResult>(answer.body, 'results')
    const exchange: Exchange = { path, operations, status: answer.status, results, delivered: false }
    if (path.startsWith('/api/')) exchanges.push(exchange)
    if (hold !== undefined) {
      hold.answered(exchange)
      if ((await hold.verdict) === 'drop') {
        asked.socket.destroy()
        return
      }
    }
    exchange.delivered = !asked.socket.destroyed
    const { 'transfer-encoding': _, ...headers } = answer.headers
    response.writeHead(answer.status, {
      ...headers,
      'content-length': answer.body.byteLength,
      // On a connection it has used before, the browser would send a lost request again by itself and tell nobody.
      connection: 'close',
    })
    response.end(answer.body)
  }

  const server = createServer((asked, response) => {
    // No server behind it: to the page that is a broken connection, as without a proxy.
    pass(asked, response).catch(() => asked.socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    holdNextUpload: () => {
      const { hold, held } = newHold()
      holds.push(hold)
      return held
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
