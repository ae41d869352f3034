import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { build, createServer } from 'vite'

export interface Pages {
  answer(request: IncomingMessage, response: ServerResponse): void
  close(): Promise<void>
}

const mediaTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

type Asset = string | Uint8Array

const send = (request: IncomingMessage, response: ServerResponse, path: string, body: Asset) => {
  response.writeHead(200, {
    'Content-Type': mediaTypes[extname(path)] ?? 'application/octet-stream',
    // The files are built anew at each start, and the entry pages keep their names.
    'Cache-Control': path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

const refuse = (response: ServerResponse, status: number) => {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' })
  response.end(status === 404 ? 'There is no such page.' : 'GET expected.')
}

/**
 * The page as an app would ship it, built into memory: 2 s at the start, and a page that loads in one request instead of
 * 150. Nothing watches the sources, and nothing reloads the page when the server is back: a restart shows what the library
 * does with it.
 */
export const builtPages = async (root: string): Promise<Pages> => {
  const built = await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      rolldownOptions: {
        input: [join(root, 'index.html'), join(root, 'inspector.html')],
        // 'use client' is for servers that render React; there is none here.
        onLog: (level, log, standard) => {
          if (log.code !== 'MODULE_LEVEL_DIRECTIVE') standard(level, log)
        },
      },
    },
  })
  if ('on' in built) throw new Error('the page is being watched instead of built')
  const files = new Map<string, Asset>()
  for (const { output } of Array.isArray(built) ? built : [built])
    for (const file of output) files.set(file.fileName, file.type === 'chunk' ? file.code : file.source)
  return {
    answer: (request, response) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405)
      const path = (request.url ?? '/').split('?', 1)[0]?.slice(1) || 'index.html'
      const file = files.get(path)
      return file === undefined ? refuse(response, 404) : send(request, response, path, file)
    },
    close: async () => undefined,
  }
}

/** For work on the page itself: it follows every edit of its sources. */
export const livePages = async (root: string, http: Server): Promise<Pages> => {
  const vite = await createServer({
    root,
    cacheDir: join(root, '../node_modules/.vite-demo'),
    appType: 'spa',
    logLevel: 'warn',
    server: { middlewareMode: true, hmr: { server: http }, fs: { allow: [join(root, '..')] } },
  })
  return { answer: vite.middlewares, close: () => vite.close() }
}
