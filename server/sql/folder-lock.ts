import { promises as fs } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { SyncError } from '../../src/protocol/errors.ts'
import { isObject } from '../../src/protocol/json.ts'

/**
 * PGlite does not notice a second process on its folder: both go on, both acknowledge writes, and those of one are lost.
 * So a folder belongs to one process, named in a file; the file of a process that died is taken over.
 */
export const LOCK_NAME = 'synchart.lock'

interface Owner {
  pid: number
  host: string
  /** Tells a process from a later one with the same pid, where the system says when it began. */
  began: string | null
}

/** Time a process began, in clock ticks since boot, with the boot's id: only Linux tells. */
const beganAt = async (pid: number): Promise<string | null> => {
  try {
    const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8')
    const boot = await fs.readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    // The name in brackets may hold spaces; the start is the 20th field behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return `${boot.trim()}/${fields[19]}`
  } catch {
    return null
  }
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isObject(error) && error.code === 'EPERM'
  }
}

const isAlive = async (owner: Owner): Promise<boolean> => {
  // Of another machine nothing is known: a person has to say that it is gone.
  if (owner.host !== hostname()) return true
  if (!isRunning(owner.pid)) return false
  return owner.began === null || owner.began === (await beganAt(owner.pid))
}

const readOwner = async (path: string): Promise<Owner | null> => {
  try {
    const owner: unknown = JSON.parse(await fs.readFile(path, 'utf8'))
    if (!isObject(owner) || typeof owner.pid !== 'number' || typeof owner.host !== 'string') return null
    return { pid: owner.pid, host: owner.host, began: typeof owner.began === 'string' ? owner.began : null }
  } catch {
    return null
  }
}

const nameOf = (owner: Owner | null): string =>
  owner === null ? 'nobody' : `${owner.pid}-${(owner.began ?? '').replace(/[^0-9a-z]/gi, '')}`

/** `false` where the file is there already. */
const createFile = async (path: string, owner: Owner): Promise<boolean> => {
  try {
    const file = await fs.open(path, 'wx')
    await file.writeFile(JSON.stringify(owner))
    await file.close()
    return true
  } catch (error) {
    if (isObject(error) && error.code === 'EEXIST') return false
    throw error
  }
}

const inUse = (folder: string, owner: Owner | null): SyncError => {
  const elsewhere = owner !== null && owner.host !== hostname() ? ` on ${owner.host}` : ''
  const who = owner === null ? 'another process' : `process ${owner.pid}${elsewhere}`
  const remedy =
    elsewhere === '' ? 'stop it first' : `if that machine is gone, delete ${join(folder, LOCK_NAME)}`
  return new SyncError('STORAGE_BLOCKED', `the data folder ${folder} is in use by ${who}: ${remedy}`)
}

/**
 * Replaces the file of a dead owner. Whoever holds the claim named after that owner may do it, and looks once more: two
 * that start at the same moment cannot both win.
 */
const takeOver = async (folder: string, path: string, dead: Owner | null, own: Owner): Promise<boolean> => {
  const claim = `${path}.after-${nameOf(dead)}`
  if (!(await createFile(claim, own))) {
    const claimant = await readOwner(claim)
    if (claimant !== null && (await isAlive(claimant))) throw inUse(folder, claimant)
    await fs.rm(claim, { force: true })
    return false
  }
  try {
    if (nameOf(await readOwner(path)) !== nameOf(dead)) return false
    const fresh = `${path}.of-${own.pid}`
    await fs.rm(fresh, { force: true })
    await createFile(fresh, own)
    await fs.rename(fresh, path)
    return true
  } finally {
    await fs.rm(claim, { force: true })
  }
}

/** A file that its owner is just about to fill is empty for a moment. */
const ROUNDS = 20

/** Takes the folder, or throws `STORAGE_BLOCKED` with the name of the process that has it. Answers how to let go. */
export const lockFolder = async (folder: string): Promise<() => Promise<void>> => {
  await fs.mkdir(folder, { recursive: true })
  const path = join(folder, LOCK_NAME)
  const own: Owner = { pid: process.pid, host: hostname(), began: await beganAt(process.pid) }
  const release = async () => {
    if (nameOf(await readOwner(path)) === nameOf(own)) await fs.rm(path, { force: true })
  }
  for (let round = 0; round < ROUNDS; round++) {
    if (await createFile(path, own)) return release
    const owner = await readOwner(path)
    if (owner !== null && (await isAlive(owner))) throw inUse(folder, owner)
    if (owner === null && round < ROUNDS / 2) continue
    if (await takeOver(folder, path, owner, own)) return release
  }
  throw inUse(folder, await readOwner(path))
}
