import { openAsBlob } from 'node:fs'
import { PGlite, type PGliteOptions } from '@electric-sql/pglite'
import makeTemplate, { templateFile } from './pglite-template.ts'

/** An empty database of its own, in memory, in under a second. Close it when the test is over: each holds about 300 MB. */
export async function freshPGlite(options: PGliteOptions = {}): Promise<PGlite> {
  // The global setup has made it; this is for scripts and for a single file run outside vitest.
  await makeTemplate()
  return PGlite.create({ ...options, loadDataDir: await openAsBlob(templateFile) })
}
