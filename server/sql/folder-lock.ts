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

/** Owner of a file that says nothing. */
const nobody: Owner = { pid: 0, host: hostname(), began: null }

const isAlive = async (owner: Owner): Promise<boolean> => {
  if (owner === nobody) return false
  // Of another machine nothing is known: a person has to say that it is gone.
  if (owner.host !== hostname()) return true
  if (!isRunning(owner.pid)) return false
  return owner.began === null || owner.began === (await beganAt(owner.pid))
}

/** What a lock file says: `null` where there is none, nobody where a power cut left it torn. */
const readOwner = async (path: string): Promise<Owner | null> => {
  let text: string
  try {
    text = await fs.readFile(path, 'utf8')
  } catch (error) {
    if (isObject(error) && error.code === 'ENOENT') return null
    throw error
  }
  try {
    const owner: unknown = JSON.parse(text)
    if (isObject(owner) && typeof owner.pid === 'number' && typeof owner.host === 'string')
      return { pid: owner.pid, host: owner.host, began: typeof owner.began === 'string' ? owner.began : null }
  } catch {
    // Files are made whole or not at all, so this one's maker is gone.
  }
  return nobody
}

const nameOf = ({ pid, began }: Owner): string =>
  `${pid}-${(began ?? '').replace(/[^0-9a-z]/gi, '').slice(-24)}`

/** `false` where the file is there already. With its content from the first moment on: an empty one would look dead. */
const createFile = async (path: string, owner: Owner): Promise<boolean> => {
  const draft = `${path}.by-${owner.pid}`
  const content = JSON.stringify(owner)
  await fs.writeFile(draft, content)
  const exclusive = fs.link(draft, path).catch(async (error: unknown) => {
    // A file system without hard links: all but as good.
    if (isObject(error) && error.code !== 'EEXIST') return fs.writeFile(path, content, { flag: 'wx' })
    throw error
  })
  try {
    await exclusive
    return true
  } catch (error) {
    if (isObject(error) && error.code === 'EEXIST') return false
    throw error
  } finally {
    await fs.rm(draft, { force: true })
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
 * Puts `own` in place of a dead owner. Only the holder of the claim named after that owner may, and it looks once more:
 * of several that start at the same moment one wins. A claim whose holder died is taken over in the same way.
 */
const takeOver = async (folder: string, path: string, dead: Owner, own: Owner): Promise<boolean> => {
  const claim = `${path}.after-${nameOf(dead)}`
  if (!(await createFile(claim, own))) {
    const claimant = await readOwner(claim)
    if (claimant === null) return false
    if (await isAlive(claimant)) throw inUse(folder, claimant)
    if (!(await takeOver(folder, claim, claimant, own))) return false
  }
  try {
    const present = await readOwner(path)
    if (present === null || nameOf(present) !== nameOf(dead)) return false
    const fresh = `${path}.of-${own.pid}`
    await fs.writeFile(fresh, JSON.stringify(own))
    await fs.rename(fresh, path)
    return true
  } finally {
    await fs.rm(claim, { force: true })
  }
}

/** Who looks while others take over and let go may find nothing twice in a row, hardly more often. */
const ROUNDS = 20

/** Takes the folder, or throws `STORAGE_BLOCKED` with the name of the process that has it. Answers how to let go. */
export const lockFolder = async (folder: string): Promise<() => Promise<void>> => {
  await fs.mkdir(folder, { recursive: true })
  const path = join(folder, LOCK_NAME)
  const own: Owner = { pid: process.pid, host: hostname(), began: await beganAt(process.pid) }
  const release = async () => {
    const owner = await readOwner(path)
    if (owner !== null && nameOf(owner) === nameOf(own)) await fs.rm(path, { force: true })
  }
  for (let round = 0; round < ROUNDS; round++) {
    if (await createFile(path, own)) return release
    const owner = await readOwner(path)
    if (owner === null) continue
    if (await isAlive(owner)) throw inUse(folder, owner)
    if (await takeOver(folder, path, owner, own)) return release
  }
  throw inUse(folder, await readOwner(path))
}
