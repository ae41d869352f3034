import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDemoServer } from '../../demo/server.ts'
import { pgliteDb, pgliteParsers } from '../../server/index.ts'
import { type RunningServer, serve } from '../../server/node.ts'
import { freshPGlite } from '../support/pglite.ts'
import { asSource, blocksOf } from './blocks.ts'

const root = join(import.meta.dirname, '../..')
let folder: string
let server: RunningServer
let close: () => Promise<void>

beforeAll(async () => {
  const cache = join(root, 'node_modules/.cache')
  await mkdir(cache, { recursive: true })
  folder = await mkdtemp(join(cache, 'synchart-docs-'))
  const database = await freshPGlite({ parsers: pgliteParsers })
  const { handler } = await createDemoServer(pgliteDb(database), folder)
  server = await serve({ handler, port: 0 })
  close = async () => {
    await server.close()
    await database.close()
  }
}, 60_000)

afterAll(async () => {
  await close()
  await rm(folder, { recursive: true, force: true })
})

describe('documentation', () => {
  it('DOC1 the embedding example of the README runs against the demo server, in about 20 lines', async () => {
    const [block] = blocksOf('README.md', 'ts')
    if (block === undefined) throw new Error('the README has no example')
    const lines = block.split('\n').filter((line) => line.trim() !== '')
    expect(lines.length).toBeLessThanOrEqual(24)
    const source = asSource(block, (path) => pathToFileURL(join(root, path)).href)
    expect(source).toContain('http://127.0.0.1:4400')
    const file = join(folder, 'readme.mts')
    await writeFile(file, source.replace('http://127.0.0.1:4400', server.url))
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', file], { cwd: root })
    expect(stdout).toMatch(/^true temp_\d{13}_[0-9a-z]{25}_pet → \d+ \d+\n$/)
  }, 60_000)

  it.each([
    ['README.md', ['pet-screen.tsx']],
    ['docs/embedding.md', ['connectivity-dot.tsx', 'own-lifecycle.tsx']],
  ])('DOC2 the React examples of %s are the files that the browser tests render', async (page, files) => {
    const blocks = blocksOf(page, 'tsx')
    expect(blocks.length).toBe(files.length)
    for (const [index, file] of files.entries()) {
      const expected = asSource(blocks[index] as string, (path) => `../../../${path}`)
      expect(await readFile(join(import.meta.dirname, 'examples', file), 'utf8')).toBe(expected)
    }
  })
})
