// The simulation as one file, so that a seed starts at once and a safeguard can be taken out of the product's own text.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Replaces text in sources while they are bundled. A text that is not there exactly once is an error. */
function replacing(edits) {
  const done = new Set()
  return {
    name: 'replacing',
    setup(bundle) {
      bundle.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const name = relative(root, path).split('\\').join('/')
        const mine = edits.filter((edit) => edit.file === name)
        if (mine.length === 0) return undefined
        let contents = readFileSync(path, 'utf8')
        for (const edit of mine) {
          const count = contents.split(edit.search).length - 1
          if (count !== 1) return { errors: [{ text: `${name} holds this ${count} times: ${edit.search}` }] }
          contents = contents.replace(edit.search, () => edit.replace)
          done.add(edit)
        }
        return { contents, loader: 'ts' }
      })
      bundle.onEnd(() => {
        const missed = edits.filter((edit) => !done.has(edit))
        return { errors: missed.map((edit) => ({ text: `${edit.file} is not in the bundle` })) }
      })
    },
  }
}

const folder = join(tmpdir(), `synchart-fuzz-${process.pid}`)
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Bundles an entry of this repository; answers the URL of one module. */
export async function bundle(entry, edits = []) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    write: false,
    logLevel: 'silent',
    // The checks that libraries make in development cost more than the simulation.
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [replacing(edits)],
  })
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `bundle-${Math.round(performance.now() * 1000)}.mjs`)
  writeFileSync(file, result.outputFiles[0].contents)
  return pathToFileURL(file).href
}

export const bundled = async (entry, edits) => await import(await bundle(entry, edits))

/** Drains every promise chain without a turn of the event loop: ticks run when no microtask is left. */
export const settle = () => new Promise((resolve) => process.nextTick(resolve))
