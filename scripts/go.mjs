// Runs a command of this repository on any checkout, a fresh clone included:
//   node scripts/go.mjs [--browser] <command> [args…]
// It may import node: modules only, because it runs before anything is installed. It is no `pre…` hook, because npm
// skips those under `ignore-scripts=true` and the command would then die with "not found".
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const windows = process.platform === 'win32'

function readJson(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * npm keeps a copy of the lock file in node_modules and writes it last, so equal entries mean a finished installation,
 * whoever made it. A stamp file of our own would make `npm ci` wipe what a plain `npm install` has just put right.
 * Optional packages are left out: those of other platforms are never installed.
 */
function isInstalled() {
  const wanted = readJson('package-lock.json')?.packages
  const present = readJson('node_modules/.package-lock.json')?.packages
  if (!wanted || !present) return false
  return Object.entries(wanted).every(
    ([path, { version, integrity, optional, devOptional }]) =>
      path === '' ||
      optional ||
      devOptional ||
      (present[path]?.version === version && present[path]?.integrity === integrity),
  )
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Two terminals on one fresh clone must not both run `npm ci`: each would delete what the other unpacks. */
async function withInstallLock(work) {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16)
  const lock = join(tmpdir(), `synchart-install-${name}`)
  const owner = join(lock, 'pid')
  for (let round = 0; ; round += 1) {
    try {
      mkdirSync(lock)
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (round === 0) console.error('Waiting for another installation in this checkout…')
    await new Promise((resolve) => setTimeout(resolve, 500))
    let pid = 0
    try {
      pid = Number(readFileSync(owner, 'utf8'))
    } catch {
      if (round < 10) continue
    }
    if (!isAlive(pid)) rmSync(lock, { recursive: true, force: true })
  }
  try {
    writeFileSync(owner, String(process.pid))
    return work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

function install() {
  if (isInstalled()) return
  console.error('Installing dependencies (npm ci)…')
  // The npm that called us, if any: another one on PATH may be older or set up differently.
  const cli = process.env.npm_execpath
  const [command, first] = cli ? [process.execPath, [cli]] : ['npm', []]
  // NODE_ENV=production would leave out the tools, `ignore-scripts` the binary of esbuild.
  const { status } = spawnSync(command, [...first, 'ci', '--include=dev', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['inherit', 2, 2],
    shell: windows && !cli,
    env: { ...process.env, npm_config_ignore_scripts: 'false' },
  })
  if (status !== 0) {
    console.error('npm ci failed, see above.')
    process.exit(status ?? 1)
  }
}

function run(command, args) {
  const path = join(root, 'node_modules', '.bin') + delimiter + (process.env.PATH ?? '')
  const child = spawn(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: windows,
    env: { ...process.env, PATH: path },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  // `kill <npm>` never reaches us: npm's shell does not pass the signal on. A changed parent is the only trace it leaves.
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM')
  }, 500).unref()
  child.on('error', (error) => {
    console.error(`${command}: ${error.message}`)
    process.exit(127)
  })
  child.on('exit', (code) => process.exit(code ?? 1))
}

const args = process.argv.slice(2)
const needsBrowser = args[0] === '--browser'
const [command, ...rest] = needsBrowser ? args.slice(1) : args
if (!command) {
  console.error('usage: node scripts/go.mjs [--browser] <command> [args…]')
  process.exit(2)
}
if (!isInstalled()) await withInstallLock(install)
if (needsBrowser) {
  const { ensureChromium } = await import('./browser.mjs')
  process.env.CHROME_PATH = await ensureChromium()
}
run(command, rest)
