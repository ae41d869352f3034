import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { templateFile } from '../../support/pglite-template.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

export interface DemoServer {
  readonly url: string
  readonly port: number
  readonly folder: string
  /** Ends it and waits until it is gone. Its folder stays. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** On the same folder and port. */
  start(): Promise<void>
  /** Ends it and throws its folder away. */
  close(): Promise<void>
}

const START_TIMEOUT_MS = 60_000

/** The command of `npm start`, without the look whether everything is installed. */
const launch = async (folder: string, port: number): Promise<{ child: ChildProcess; url: string }> => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'demo/start.ts'], {
    cwd: root,
    env: { ...process.env, PORT: String(port), DATA_DIR: folder, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (reason: string) => reject(new Error(`the demo server ${reason}:\n${said}`))
    const timer = setTimeout(() => fail('did not start'), START_TIMEOUT_MS)
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
      const found = /http:\/\/[\d.:]+/.exec(said)
      if (found === null) return
      clearTimeout(timer)
      resolve(found[0])
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', (code) => {
      clearTimeout(timer)
      fail(`ended with ${code}`)
    })
  })
  return { child, url }
}

/** A new database is 5 s of initdb; the template of the unit tests is the same one, made once. */
const seedDatabase = async (folder: string): Promise<void> => {
  const template = new Blob([await readFile(templateFile)])
  const database = await PGlite.create(join(folder, 'pg'), { loadDataDir: template })
  await database.close()
}

export const startDemoServer = async (): Promise<DemoServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'synchart-e2e-'))
  const discard = async () => await rm(folder, { recursive: true, force: true })
  let { child, url } = await seedDatabase(folder)
    .then(async () => await launch(folder, 0))
    .catch(async (error: unknown) => {
      await discard()
      throw error
    })
  const port = Number(new URL(url).port)

  const kill = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  return {
    url,
    port,
    folder,
    kill,
    start: async () => {
      ;({ child, url } = await launch(folder, port))
    },
    close: async () => {
      await kill('SIGKILL')
      await discard()
    },
  }
}
