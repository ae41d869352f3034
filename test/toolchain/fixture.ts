import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

const RULES = [
  '.gitignore',
  'biome.json',
  'package.json',
  'tsconfig.json',
  'tsconfig.pure.json',
  'tsconfig.build.json',
  'scripts/check.mjs',
  'scripts/lint',
  'scripts/pure-globals.d.ts',
]

export const rule = (path: string): string => readFileSync(join(root, path), 'utf8')

export type Files = Record<string, string>

/**
 * `npm run check` on a copy of the rules with other sources beside them: in a folder of its own, so that neither a crash nor
 * a test running at the same time finds broken files in the tree.
 */
export function check(files: Files): { ok: boolean; output: string } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'synchart-check-')))
  try {
    for (const path of RULES) cpSync(join(root, path), join(folder, path), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/check.mjs'], {
      cwd: folder,
      encoding: 'utf8',
    })
    return { ok: status === 0, output: `${stdout}${stderr}` }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
