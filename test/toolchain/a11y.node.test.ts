import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

interface Report {
  testResults: { assertionResults: { title: string; status: string; failureMessages: string[] }[] }[]
}

// A gate that never fails says nothing. The stories run under the real preview, with the globals of the dark and RTL runs.
test('a story that cannot be read fails, and themes and directions reach the page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'synchart-a11y-'))
  const report = join(folder, 'report.json')
  try {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        'node_modules/vitest/vitest.mjs',
        'run',
        '--config=test/toolchain/a11y/vitest.config.ts',
        '--reporter=json',
        `--outputFile.json=${report}`,
      ],
      {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, VITEST: '', VITEST_WORKER_ID: '', VITEST_POOL_ID: '' },
      },
    )
    expect(status, `${stdout}${stderr}`).toBe(1)
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report
    const results = new Map(testResults.flatMap((file) => file.assertionResults).map((it) => [it.title, it]))
    expect([...results.keys()].sort()).toEqual(['Readable', 'Too Faint'])
    expect(results.get('Readable')?.failureMessages).toEqual([])
    expect(results.get('Readable')?.status).toBe('passed')
    expect(results.get('Too Faint')?.status).toBe('failed')
    expect(results.get('Too Faint')?.failureMessages.join('\n')).toContain('color-contrast')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 180_000)
