// Everything that can be said about the sources without running them. Works on the current directory, so that the test
// of this script can point it at a copy of the rules with broken files beside them.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, isAbsolute, join, relative, sep } from 'node:path'

const root = process.cwd()
const require = createRequire(join(root, 'package.json'))

const SOURCE = new Set(['.ts', '.tsx', '.mts', '.cts', '.mjs', '.cjs', '.js', '.jsx'])
const TYPESCRIPT = new Set(['.ts', '.tsx'])
const NOT_OURS = new Set([
  'node_modules',
  '.git',
  'dist',
  'storybook-static',
  'coverage',
  'test-results',
  '.data',
  '.vite',
])

// ARCHITECTURE.md names these folders. `null`: anything below is fine; otherwise what may stand in it.
const ANY = null
const LAYOUT = {
  src: {
    ...Object.fromEntries(
      ['protocol', 'core', 'ports', 'stores', 'adapters', 'engine', 'react', 'inspector', 'testing'].map(
        (name) => [name, ANY],
      ),
    ),
    'index.ts': ANY,
    'machines.ts': ANY,
  },
  machines: {
    ...Object.fromEntries(
      ['engine', 'lifecycle', 'connectivity', 'resolution', 'id-resolver', 'relationship-graph'].map(
        (name) => [name, ANY],
      ),
    ),
    '*.ts': ANY,
  },
  server: { core: ANY, sql: ANY, memory: ANY, http: ANY, 'index.ts': ANY, 'node.ts': ANY },
  test: ANY,
  stories: ANY,
  '.storybook': ANY,
  demo: ANY,
  bench: ANY,
  docs: ANY,
  scripts: ANY,
  'vitest.config.ts': ANY,
}

const SHIPPED = ['src/', 'machines/', 'server/']
const PURE = ['src/protocol/', 'src/core/', 'src/stores/', 'src/ports/', 'machines/']

function sourcesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : sourcesBelow(path)
    return SOURCE.has(extname(entry.name)) ? [relative(root, path).split(sep).join('/')] : []
  })
}

function hasPlace(path) {
  let level = LAYOUT
  const parts = path.split('/')
  for (const [index, part] of parts.entries()) {
    const isFile = index === parts.length - 1
    if (part in level) {
      if (level[part] === ANY) return true
      level = level[part]
    } else {
      return isFile && '*.ts' in level && extname(part) === '.ts'
    }
  }
  return false
}

function bin(name, path) {
  return join(dirname(require.resolve(`${name}/package.json`)), path)
}

function runNode(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  })
  return { ok: status === 0, stdout, stderr, all: `${stdout}${stderr}` }
}

const sources = sourcesBelow(root)
const typescript = sources.filter((path) => TYPESCRIPT.has(extname(path)))

function layout() {
  const strays = sources.filter((path) => !hasPlace(path))
  if (strays.length > 0) {
    return {
      problem: strays.map((path) => `${path}: no place for a source file, see ARCHITECTURE.md`).join('\n'),
    }
  }
  return { note: `${sources.length} source files` }
}

function missing(tool, expected, looked) {
  const seen = new Set(looked)
  const missed = expected.filter((path) => !seen.has(path))
  return missed.length > 0 ? `${tool} does not look at:\n${missed.join('\n')}` : undefined
}

function biome() {
  const { ok, stdout, stderr } = runNode([
    bin('@biomejs/biome', 'bin/biome'),
    'ci',
    '--colors=off',
    '--error-on-warnings',
    '--max-diagnostics=none',
    '--verbose',
  ])
  // Verbose for its list of files, on stdout: a tool that has silently stopped looking passes, too.
  const looked = [...stdout.matchAll(/^ *- (.+)$/gm)].map((match) => match[1].split(sep).join('/'))
  if (!ok) return { problem: stderr || stdout || 'Biome failed and said nothing.' }
  return { problem: missing('Biome', sources, looked), note: `${looked.length} files` }
}

function types(project, expected) {
  if (expected.length === 0) return { note: 'no files yet' }
  const { ok, all } = runNode([
    bin('typescript', 'bin/tsc'),
    '-p',
    project,
    '--noEmit',
    '--pretty',
    'false',
    '--listFiles',
  ])
  const lines = all.split('\n').map((line) => line.trimEnd())
  const looked = lines.map((line) => relative(root, line).split(sep).join('/'))
  // Only the listing is absolute paths; what is left are the errors.
  if (!ok) {
    const errors = lines.filter((line) => line !== '' && !isAbsolute(line))
    return { problem: errors.join('\n') || 'tsc failed and said nothing.' }
  }
  return { problem: missing(project, expected, looked), note: `${expected.length} files` }
}

// Its declarations stand in for the DOM's and would clash with them.
const STAND_IN = 'scripts/pure-globals.d.ts'
const everywhere = typescript.filter((path) => path !== STAND_IN)
const below = (folders) => typescript.filter((path) => folders.some((folder) => path.startsWith(folder)))
const steps = [
  ['layout', layout],
  ['biome', biome],
  ['types', () => types('tsconfig.json', everywhere)],
  ['types, pure', () => types('tsconfig.pure.json', below(PURE))],
  ['types, build', () => types('tsconfig.build.json', below(SHIPPED))],
]

const failed = []
for (const [name, step] of steps) {
  const start = performance.now()
  const { problem, note } = step()
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  if (problem) {
    failed.push(name)
    console.error(problem.trimEnd())
  }
  console.log(
    `${problem ? 'FAILED' : 'ok    '} ${name.padEnd(12)} ${seconds.padStart(5)} s  ${note ?? ''}`.trimEnd(),
  )
}
if (sources.length === 0) failed.push('no source files')
if (failed.length > 0) {
  console.error(`\ncheck failed: ${failed.join(', ')}`)
  process.exit(1)
}
