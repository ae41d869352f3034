/** `npm start`: the embedded database, the server and the demo page, on one port. */
import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDataFolder, serve } from '../server/node.ts'
import { builtPages, livePages } from './pages.ts'
import { createDemoServer } from './server.ts'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(here)

const fail = (message: string): never => {
  console.error(`Synchart demo: ${message}`)
  process.exit(1)
}

const portOf = (text: string): number => {
  const port = Number(text)
  return /^\d{1,5}$/.test(text) && port < 65_536 ? port : fail(`PORT is a number up to 65535, not "${text}"`)
}

const port = portOf(process.env.PORT || '4400')
const host = process.env.HOST || '127.0.0.1'
const folder = resolve(root, process.env.DATA_DIR || '.data')

type Handler = (request: Request) => Promise<Response>
type Fallback = Parameters<typeof serve>[0]['fallback']

/** The port first: where it is taken, the data folder is not touched. Requests wait until everything stands. */
const openPort = async () => {
  let ready: (parts: { handler: Handler; fallback: NonNullable<Fallback> }) => void = () => {}
  const parts = new Promise<{ handler: Handler; fallback: NonNullable<Fallback> }>((done) => {
    ready = done
  })
  const running = await serve({
    port,
    host,
    isOurs: (path) => path.startsWith('/api/'),
    handler: async (request) => (await parts).handler(request),
    fallback: (request, response) => void parts.then(({ fallback }) => fallback(request, response)),
  })
  return { running, ready }
}

/** What is open, in the order to close it. */
const closers: (() => Promise<unknown>)[] = []

const closeAll = async (): Promise<void> => {
  for (const close of closers.splice(0)) await close().catch((error: unknown) => console.error(error))
}

const start = async (): Promise<void> => {
  const { running, ready } = await openPort()
  closers.push(() => running.close())
  stopOnSignal()
  await mkdir(folder, { recursive: true })
  const db = await openDataFolder(folder)
  closers.push(() => db.close())
  const { handler } = await createDemoServer(db, folder)
  // DEMO_DEV=1: the page follows edits of its sources.
  const pages = process.env.DEMO_DEV === '1' ? await livePages(here, running.http) : await builtPages(here)
  closers.unshift(() => pages.close())
  ready({ handler, fallback: pages.answer })
  console.log(`Synchart demo: ${running.url}`)
}

const stopOnSignal = (): void => {
  let isStopping = false
  const stop = async () => {
    if (isStopping) return
    isStopping = true
    await closeAll()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop())
  // Who was started by a process that is gone has nobody left to stop it.
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) void stop()
  }, 500).unref()
}

start().catch(async (error: unknown) => {
  await closeAll()
  fail(error instanceof Error ? error.message : String(error))
})
