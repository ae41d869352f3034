import { spawnSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { LOCK_NAME, openDataFolder } from '../../server/node.ts'
import { lockFolder } from '../../server/sql/folder-lock.ts'
import type { DownloadAnswer, UploadAnswer } from '../../src/protocol/messages.ts'
import { nextId } from './support/bench.ts'
import { newClient, story } from './support/practice.ts'
import {
  killAll,
  newFolder,
  preparedFolder,
  removeFolders,
  type Started,
  start,
} from './support/processes.ts'

const script = 'test/server/support/crash-server.ts'

const serverOn = async (folder: string, commits?: number): Promise<{ process: Started; url: string }> => {
  const process = start(script, [folder, '0', ...(commits === undefined ? [] : [String(commits)])])
  return { process, url: (await process.line(/^ready /)).slice('ready '.length) }
}

const callAs = async (url: string, path: string, body: unknown) => {
  const { token } = (await (await fetch(`${url}/api/demo/token?tenant=t&user=u`)).json()) as { token: string }
  const response = await fetch(`${url}/api/sync${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  return response.json()
}

describe('a server that dies', { timeout: 300_000 }, () => {
  afterEach(killAll)
  afterAll(removeFolders)

  it('SRV20 killed after the commit and before the answer: the repeated request answers what was done, once', async () => {
    const folder = await preparedFolder()
    const first = await serverOn(folder, 1)
    const body = { operations: story().map((operation) => ({ id: nextId(), ...operation })) }
    await expect(callAs(first.url, '/upload', body)).rejects.toThrow()
    expect((await first.process.exit).signal).toBe('SIGKILL')
    expect(await readdir(folder)).toContain(LOCK_NAME)
    const second = await serverOn(folder)
    const { results, idMappings } = (await callAs(second.url, '/upload', body)) as UploadAnswer
    expect(results.map(({ status, version, replayed }) => [status, version, replayed])).toEqual(
      Array.from({ length: 4 }, () => ['applied', 1, true]),
    )
    expect(idMappings).toHaveLength(4)
    expect(((await callAs(second.url, '/download', {})) as DownloadAnswer).entities).toHaveLength(4)
    second.process.child.kill('SIGTERM')
    expect((await second.process.exit).code).toBe(0)
    expect(await readdir(folder)).not.toContain(LOCK_NAME)
  })

  it('SRV20 killed again and again under load: what was answered is there, and each operation has one effect', async () => {
    const folder = await preparedFolder()
    const queue = Array.from({ length: 24 }, () => ({
      operations: [1, 2, 3].map(() => ({ id: nextId(), ...newClient() })),
    }))
    const given = new Map<string, unknown>()
    for (const commits of [7, 9, 100]) {
      const { url, process } = await serverOn(folder, commits)
      const lanes = Array.from({ length: 3 }, async () => {
        for (let body = queue.shift(); body !== undefined; body = queue.shift()) {
          try {
            const { results } = (await callAs(url, '/upload', body)) as UploadAnswer
            for (const { id, entityId } of results) {
              expect(given.get(id) ?? entityId).toBe(entityId)
              given.set(id, entityId)
            }
          } catch {
            queue.push(body)
            return
          }
        }
      })
      await Promise.all(lanes)
      process.child.kill('SIGKILL')
      await process.exit
    }
    const { url } = await serverOn(folder)
    const { entities } = (await callAs(url, '/download', {})) as DownloadAnswer
    expect(given.size).toBe(72)
    expect(entities.map(({ id }) => id).sort()).toEqual([...given.values()].sort())
  })

  it('SRV20 a second process on a data folder is refused by name, and the first goes on', async () => {
    const folder = await preparedFolder()
    const first = await serverOn(folder)
    const second = start(script, [folder, '0'])
    expect((await second.exit).code).toBe(1)
    expect(second.output()).toContain(folder)
    expect(second.output()).toContain(String(first.process.child.pid))
    const body = { operations: [{ id: nextId(), ...newClient() }] }
    expect(((await callAs(first.url, '/upload', body)) as UploadAnswer).results[0]?.status).toBe('applied')
  })

  it('SRV20 a database that was not finished is made anew', async () => {
    const folder = await preparedFolder()
    const { rename, mkdir } = await import('node:fs/promises')
    await rename(join(folder, 'pg'), join(folder, 'pg.new'))
    await writeFile(join(folder, 'pg.new', 'PG_VERSION'), 'torn')
    await mkdir(join(folder, 'pg.new-old'))
    const db = await openDataFolder(folder)
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }])
    await expect(openDataFolder(folder)).rejects.toMatchObject({ code: 'STORAGE_BLOCKED' })
    await db.close()
    expect((await readdir(folder)).sort()).toEqual(['pg'])
  })
})

describe('the lock of a data folder', { timeout: 60_000 }, () => {
  afterAll(removeFolders)

  const gone = (): number => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    return pid
  }
  const left = async (owner: object | string): Promise<string> => {
    const folder = await newFolder()
    await writeFile(join(folder, LOCK_NAME), typeof owner === 'string' ? owner : JSON.stringify(owner))
    return folder
  }

  it('SRV20 the lock of a process that is gone, or whose pid another one has now, is taken over', async () => {
    const host = hostname()
    for (const owner of [
      { pid: gone(), host, began: null },
      { pid: process.pid, host, began: 'another boot/1' },
      '',
      '{ torn',
    ]) {
      const folder = await left(owner)
      const release = await lockFolder(folder)
      expect(JSON.parse(await readFile(join(folder, LOCK_NAME), 'utf8')).pid).toBe(process.pid)
      await release()
      expect(await readdir(folder)).toEqual([])
    }
  })

  it('SRV20 the lock of a process that runs, or of another machine, stands', async () => {
    const host = hostname()
    for (const owner of [
      { pid: process.pid, host, began: null },
      { pid: gone(), host: `not-${host}`, began: null },
    ]) {
      const folder = await left(owner)
      await expect(lockFolder(folder)).rejects.toMatchObject({
        code: 'STORAGE_BLOCKED',
        message: expect.stringContaining(folder),
      })
      expect(await readdir(folder)).toEqual([LOCK_NAME])
    }
  })

  it('SRV20 of many that start at once on a stale lock, one gets the folder', async () => {
    const racers = Array.from({ length: 4 }, () => start('test/server/support/lock-racer.ts'))
    await Promise.all(racers.map((racer) => racer.line(/^ready/)))
    for (let round = 0; round < 25; round++) {
      const folder = await left({ pid: gone(), host: hostname(), began: null })
      for (const { child } of racers) child.stdin?.write(`${folder}\n`)
      const lines = await Promise.all(racers.map((racer) => racer.line(new RegExp(`^(won|lost) ${folder}`))))
      expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual(['lost', 'lost', 'lost', 'won'])
      expect(await readdir(folder)).toEqual([LOCK_NAME])
    }
    await killAll()
  })
})
