import { promises as fs } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { Db } from './db.ts'
import { lockFolder } from './folder-lock.ts'
import { pgliteDb } from './pglite.ts'

const DATABASE = 'pg'

const exists = async (path: string): Promise<boolean> => {
  try {
    await fs.access(path)
    return true
  } catch {
    return false
  }
}

/** A database that was not finished when its process died is thrown away, never opened. */
const makeDatabase = async (folder: string, path: string): Promise<void> => {
  for (const name of await fs.readdir(folder))
    if (name.startsWith(`${DATABASE}.new`)) await fs.rm(join(folder, name), { recursive: true, force: true })
  if (await exists(path)) return
  const fresh = `${path}.new`
  const database = await PGlite.create(fresh)
  await database.close()
  await fs.rename(fresh, path)
}

/**
 * The embedded database in a folder of its own. It survives the death of the process at any moment, but not a power cut:
 * PGlite never calls fsync. `close` lets go of the folder.
 */
export const openDataFolder = async (folder: string): Promise<Db> => {
  const release = await lockFolder(folder)
  try {
    const path = join(folder, DATABASE)
    await makeDatabase(folder, path)
    const pglite = await PGlite.create(path)
    return {
      ...pgliteDb(pglite),
      close: async () => {
        try {
          if (!pglite.closed) await pglite.close()
        } finally {
          await release()
        }
      },
    }
  } catch (error) {
    await release()
    throw error
  }
}
