import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

/** Where a distribution keeps them; the newest version wins. */
const binaries = (): string | null => {
  const home = '/usr/lib/postgresql'
  if (existsSync(home)) {
    const versions = readdirSync(home).sort((a, b) => Number(b) - Number(a))
    for (const version of versions)
      if (existsSync(join(home, version, 'bin/initdb'))) return join(home, version, 'bin')
  }
  const found = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' })
  const folder = found.status === 0 ? found.stdout.trim() : ''
  return folder !== '' && existsSync(join(folder, 'initdb')) ? folder : null
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

export interface Postgres {
  /** Of the server's own database. */
  url: string
  /** A pool on a new database. */
  database(max?: number): Promise<pg.Pool>
  stop(): Promise<void>
}

export const hasPostgres = process.env.DATABASE_URL !== undefined || binaries() !== null

if (!hasPostgres)
  console.log('Skipped: tests on a real PostgreSQL. Neither DATABASE_URL nor PostgreSQL binaries were found.')

/** PostgreSQL does not run as root; its user has to own the folder then. */
const asOwner = (command: string, args: string[]): void => {
  const isRoot = process.getuid?.() === 0
  execFileSync(isRoot ? 'runuser' : command, isRoot ? ['-u', 'postgres', '--', command, ...args] : args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: tmpdir(),
  })
}

let lastDatabase = 0

const onServer = (url: string, stop: () => void): Postgres => {
  const pools: pg.Pool[] = []
  return {
    url,
    database: async (max = 8) => {
      const name = `synchart_${process.pid}_${++lastDatabase}`
      const admin = new pg.Client({ connectionString: url })
      await admin.connect()
      await admin.query(`create database ${name}`)
      await admin.end()
      const target = new URL(url)
      target.pathname = `/${name}`
      const pool = new pg.Pool({ connectionString: target.href, max })
      pools.push(pool)
      return pool
    },
    stop: async () => {
      for (const pool of pools) if (!pool.ended) await pool.end()
      stop()
    },
  }
}

/** The server of `DATABASE_URL`, or one of its own in a temporary folder on a free port. */
export const startPostgres = async (): Promise<Postgres> => {
  if (process.env.DATABASE_URL !== undefined) return onServer(process.env.DATABASE_URL, () => {})
  const bin = binaries()
  if (bin === null) throw new Error('no PostgreSQL binaries')
  const folder = mkdtempSync(join(tmpdir(), 'synchart-postgres-'))
  if (process.getuid?.() === 0) execFileSync('chown', ['postgres', folder])
  const data = join(folder, 'data')
  asOwner(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync'])
  const port = await freePort()
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder}`
  asOwner(join(bin, 'pg_ctl'), ['-D', data, '-o', settings, '-l', join(folder, 'log'), '-w', 'start'])
  return onServer(`postgres://postgres@127.0.0.1:${port}/postgres`, () => {
    asOwner(join(bin, 'pg_ctl'), ['-D', data, '-m', 'immediate', '-w', 'stop'])
    rmSync(folder, { recursive: true, force: true })
  })
}
