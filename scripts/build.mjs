import { spawnSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'

// tsc never deletes, so a renamed module would stay in the package.
rmSync('dist', { recursive: true, force: true })
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
})
if (status !== 0) process.exit(status ?? 1)
cpSync('src/react/styles.css', 'dist/src/react/styles.css')
