import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { killAll, newFolder, preparedFolder, removeFolders, start } from './support/processes.ts'

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

const demo = (port: number, folder: string) =>
  start('demo/start.ts', [], { PORT: String(port), DATA_DIR: folder, HOST: '127.0.0.1' })

describe('the demo', { timeout: 300_000 }, () => {
  afterEach(killAll)
  afterAll(removeFolders)

  it('SRV23 starts on an empty folder, gives tokens, serves the page, stops clean', async () => {
    const [port, folder] = [await freePort(), join(await newFolder(), 'not', 'there', 'yet')]
    const { child, line, exit, output } = demo(port, folder)
    const url = `http://127.0.0.1:${port}`
    expect(await line(/^Synchart demo: /)).toBe(`Synchart demo: ${url}`)
    expect(output().match(/http:\/\//g)).toHaveLength(1)
    expect((await stat(join(folder, 'demo-secret'))).mode & 0o777).toBe(0o600)
    const ask = (query: string) => fetch(`${url}/api/demo/token${query}`)
    const answer = (await (await ask('?tenant=a-B_9&user=u')).json()) as { token: string }
    expect(Object.keys(answer)).toEqual(['token'])
    const claims = JSON.parse(Buffer.from(answer.token.split('.')[1] as string, 'base64url').toString())
    expect(claims).toMatchObject({ tid: 'a-B_9', sub: 'u', roles: ['veterinarian'] })
    expect(claims.exp - claims.iat).toBe(3600)
    for (const query of [
      '',
      '?tenant=a',
      '?user=a',
      '?tenant=&user=u',
      '?tenant=a%20b&user=u',
      `?tenant=${'x'.repeat(65)}&user=u`,
      '?tenant=a&user=ü',
      '?tenant=a&user=u&role=',
    ]) {
      const bad = await ask(query)
      expect([query, bad.status, bad.headers.get('Content-Type')]).toEqual([
        query,
        400,
        'application/problem+json',
      ])
    }
    const api = (path: string, init: RequestInit = {}) =>
      fetch(`${url}/api/sync${path}`, {
        ...init,
        headers: { Authorization: `Bearer ${answer.token}`, ...init.headers },
      })
    expect((await api('/conflicts')).status).toBe(200)
    expect(
      await (
        await api('/download', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: '{}',
        })
      ).json(),
    ).toMatchObject({ entities: [], hasMore: false })
    const unknown = await fetch(`${url}/api/nothing`)
    expect([unknown.status, unknown.headers.get('Synchart-Protocol')]).toEqual([404, '1'])
    child.kill('SIGINT')
    expect(await exit).toEqual({ code: 0, signal: null })
    expect((await readdir(folder)).sort()).toEqual(['demo-secret', 'pg'])
  })

  it('SRV23 a taken port and a taken folder are told, and harm nothing', async () => {
    const [port, folder] = [await freePort(), await preparedFolder()]
    const first = demo(port, folder)
    await first.line(/^Synchart demo: /)
    const other = join(await newFolder(), 'untouched')
    const samePort = demo(port, other)
    expect((await samePort.exit).code).toBe(1)
    expect(samePort.output()).toMatch(new RegExp(`port ${port} .*taken`))
    expect(samePort.output()).not.toMatch(/\bat .*:\d+:\d+/)
    expect(existsSync(other)).toBe(false)
    const sameFolder = demo(await freePort(), folder)
    expect((await sameFolder.exit).code).toBe(1)
    expect(sameFolder.output()).toContain(String(first.child.pid))
    expect((await fetch(`http://127.0.0.1:${port}/api/demo/token?tenant=a&user=u`)).status).toBe(200)
    const nonsense = start('demo/start.ts', [], { PORT: 'eighty', DATA_DIR: folder })
    expect((await nonsense.exit).code).toBe(1)
    first.child.kill('SIGTERM')
    expect((await first.exit).code).toBe(0)
  })
})
