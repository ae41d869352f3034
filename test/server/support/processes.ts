import { type ChildProcess, spawn } from 'node:child_process'
import { openAsBlob } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import makeTemplate, { templateFile } from '../../support/pglite-template.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

export interface Started {
  child: ChildProcess
  /** All that it has printed. */
  output(): string
  /** Resolves with the matching line, rejects where the process ends first. */
  line(pattern: RegExp): Promise<string>
  exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

const running = new Set<ChildProcess>()

/** A script of this repository under tsx. */
export const start = (script: string, args: string[] = [], env: Record<string, string> = {}): Started => {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
  })
  running.add(child)
  let text = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      for (const listener of listeners) listener()
    })
  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve({ code, signal })
    }),
  )
  return {
    child,
    output: () => text,
    exit,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = text.split('\n').find((line) => pattern.test(line))
          if (found === undefined) return
          listeners.delete(look)
          resolve(found)
        }
        listeners.add(look)
        void exit.then(() => reject(new Error(`ended before ${pattern}: ${text}`)))
        look()
      }),
  }
}

/** Only those that were started here. */
export const killAll = async (): Promise<void> => {
  for (const child of running) child.kill('SIGKILL')
}

const folders: string[] = []

export const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'synchart-data-'))
  folders.push(folder)
  return folder
}

/** A data folder whose database exists already: a new one costs 5 s of CPU. */
export const preparedFolder = async (): Promise<string> => {
  const folder = await newFolder()
  await makeTemplate()
  const database = await PGlite.create({
    dataDir: join(folder, 'pg'),
    loadDataDir: await openAsBlob(templateFile),
  })
  await database.close()
  return folder
}

export const removeFolders = async (): Promise<void> => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
}
