// Finds a Chromium, or gets one. Imports node: modules only, see go.mjs.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const SYSTEM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  join(process.env.PROGRAMFILES ?? 'C:/Program Files', 'Google/Chrome/Application/chrome.exe'),
]

const PLAYWRIGHT_BINARIES = [
  'headless_shell',
  'chrome-headless-shell',
  'chrome-headless-shell.exe',
  'chrome',
  'chrome.exe',
  'Chromium.app/Contents/MacOS/Chromium',
  'Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
]

function named() {
  return [process.env.CHROME_PATH, process.env.PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH].filter(Boolean)
}

/** Where Playwright itself would keep the revision that the installed version of it expects. */
function playwrightOwn() {
  const list = join(root, 'node_modules/playwright-core/browsers.json')
  if (!existsSync(list)) return []
  const { browsers } = JSON.parse(readFileSync(list, 'utf8'))
  const cache =
    process.env.PLAYWRIGHT_BROWSERS_PATH ||
    {
      darwin: join(homedir(), 'Library/Caches/ms-playwright'),
      win32: join(process.env.LOCALAPPDATA ?? homedir(), 'ms-playwright'),
    }[process.platform] ||
    join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ms-playwright')
  const found = []
  for (const name of ['chromium-headless-shell', 'chromium']) {
    const revision = browsers.find((browser) => browser.name === name)?.revision
    const folder = join(cache, `${name.replaceAll('-', '_')}-${revision}`)
    // Playwright writes this marker last: a folder without it is half a download.
    if (!existsSync(join(folder, 'INSTALLATION_COMPLETE'))) continue
    for (const inner of readdirSync(folder)) {
      for (const binary of PLAYWRIGHT_BINARIES) found.push(join(folder, inner, binary))
    }
  }
  return found
}

function candidates() {
  return [...named(), ...SYSTEM, ...playwrightOwn()].filter((path) => existsSync(path))
}

/** Ubuntu's chromium-browser is a stub without its snap, and a downloaded shell may lack libraries: only running it tells. */
function canRun(path) {
  // On Windows `chrome.exe --version` opens a window instead of answering.
  if (process.platform === 'win32') return true
  return spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 30_000 }).status === 0
}

function attempt(command, args, env = {}) {
  console.error(`Getting a Chromium: ${command} ${args.join(' ')}`)
  return (
    spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, ...env } })
      .status === 0
  )
}

export async function ensureChromium() {
  for (const path of named()) {
    // A path that somebody asked for and that is not there is a mistake to show, not to work around.
    if (!existsSync(path)) throw new Error(`There is no browser at ${path} (CHROME_PATH).`)
  }
  const present = candidates().find(canRun)
  if (present) return present

  attempt(process.execPath, ['node_modules/playwright/cli.js', 'install', '--only-shell', 'chromium'])
  const downloaded = candidates().find(canRun)
  if (downloaded) return downloaded

  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    attempt('apt-get', ['update'], env)
    attempt('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], env)
    const packaged = candidates().find(canRun)
    if (packaged) return packaged
  }
  throw new Error(
    [
      'No Chromium that runs was found, and none could be installed. One of these helps:',
      '  - install Chromium or Chrome, or set CHROME_PATH to one;',
      '  - npx playwright install --with-deps --only-shell chromium;',
      '  - on Debian or Ubuntu, as root: apt-get install chromium.',
    ].join('\n'),
  )
}

/** Without a call of `ensureChromium` (`npx vitest`): what is there already; Playwright's own message if nothing is. */
export function launchOptions() {
  const executablePath = candidates()[0]
  return {
    ...(executablePath ? { executablePath } : {}),
    args: [
      // Chromium refuses to run its sandbox as root, and containers run as root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      // A container's /dev/shm is often 64 MB, and a full one crashes pages.
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  }
}
