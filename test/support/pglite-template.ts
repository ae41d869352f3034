import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'

const cache = fileURLToPath(new URL('../../node_modules/.cache/synchart/', import.meta.url))

// The package does not export its package.json, so its version is read from beside its entry.
const require = createRequire(import.meta.url)
const { version } = require(join(dirname(require.resolve('@electric-sql/pglite')), '../package.json')) as {
  version: string
}

export const templateFile = join(cache, `pglite-${version}.tar`)

/** A new PGlite runs initdb in WebAssembly, 5 s of CPU every time; loading what it made takes under a second. */
export default async function makeTemplate(): Promise<void> {
  if (existsSync(templateFile)) return
  await mkdir(cache, { recursive: true })
  const db = await PGlite.create()
  const dump = await db.dumpDataDir('none')
  await db.close()
  // Two test runs may do this at once; a rename is all or nothing, and both write the same.
  const unfinished = `${templateFile}.${process.pid}`
  await writeFile(unfinished, new Uint8Array(await dump.arrayBuffer()))
  await rename(unfinished, templateFile)
  for (const name of await readdir(cache)) {
    if (/^pglite-.*\.tar$/.test(name) && join(cache, name) !== templateFile) await rm(join(cache, name))
  }
}
