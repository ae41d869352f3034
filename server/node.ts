/** What needs Node: the server on a port, and the embedded database in a folder. */
import { randomBytes } from 'node:crypto'
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { isObject } from '../src/protocol/json.ts'

export { openDataFolder } from './sql/data-folder.ts'
export { LOCK_NAME } from './sql/folder-lock.ts'

/** For `createSqlStore`: names this history of a database. */
export const newEpoch = (): string => randomBytes(9).toString('base64url')

export interface ServeOptions {
  handler: (request: Request) => Promise<Response>
  port: number
  host?: string
  /** Answers what the handler is not for; the handler answers everything where it is missing. */
  fallback?: (request: IncomingMessage, response: ServerResponse) => void
  /** Which paths are the handler's where there is a fallback. */
  isOurs?: (path: string) => boolean
}

export interface RunningServer {
  url: string
  port: number
  http: HttpServer
  /** Answers what has begun, takes nothing new; cuts what is still open after `graceMs`. */
  close(graceMs?: number): Promise<void>
}

const reasons: Record<string, string> = { EADDRINUSE: 'is taken', EACCES: 'is not allowed' }

const listen = (server: HttpServer, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const reason = isObject(error) ? reasons[String(error.code)] : undefined
      if (reason === undefined) reject(error)
      else
        reject(new Error(`port ${port} on ${host} ${reason}: choose another one with PORT`, { cause: error }))
    })
    server.listen(port, host, () => resolve())
  })

const closeServer = (server: HttpServer, graceMs: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })

/** Serves a handler on a port; rejects with a message that says what to do where the port is taken. */
export const serve = async (options: ServeOptions): Promise<RunningServer> => {
  const { handler, port, host = '127.0.0.1', fallback, isOurs = () => true } = options
  // The handler keeps the platform's own Request and Response: nothing global is replaced for the rest of the process.
  const listener = getRequestListener(handler, { overrideGlobalObjects: false })
  const http = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] as string
    if (fallback !== undefined && !isOurs(path)) fallback(request, response)
    else void listener(request, response)
  })
  await listen(http, port, host)
  const address = http.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  const shown = host.includes(':') ? `[${host}]` : host
  return {
    url: `http://${shown}:${actual}`,
    port: actual,
    http,
    close: (graceMs = 3000) => closeServer(http, graceMs),
  }
}
