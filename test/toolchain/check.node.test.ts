import { beforeAll, describe, expect, test } from 'vitest'
import { check, type Files, rule } from './fixture.ts'

/** One file per folder, each importing all that its folder may import: the rules must let these through. */
const CLEAN: Files = {
  'machines/fault.ts': `export interface Fault {\n  kind: string\n}\n`,
  'machines/engine/engine.machine.ts': `import { setup } from 'xstate'\nimport type { Fault } from '../fault.ts'\n\nconst engine = setup({ types: {} as { context: Fault } })\nexport const engineMachine = engine.createMachine({ context: { kind: '' } })\n`,
  'src/protocol/operation.ts': `import * as v from 'valibot'\n\nexport const operation = v.string()\nexport type Operation = v.InferOutput<typeof operation>\n`,
  'src/core/apply.ts': `import { produce } from 'immer'\nimport type { Operation } from '../protocol/operation.ts'\n\nexport const apply = (operation: Operation, at: number) =>\n  produce({ list: [] as string[] }, (draft) => {\n    draft.list.push(operation, new Date(at).toISOString())\n  })\n`,
  'src/ports/clock.ts': `import type { Operation } from '../protocol/operation.ts'\n\nexport interface Clock {\n  now(): number\n  sleep(ms: number, options: { signal: AbortSignal }): Promise<Operation>\n}\n`,
  'src/stores/outbox.ts': `import { apply } from '../core/apply.ts'\nimport type { Clock } from '../ports/clock.ts'\nimport type { Operation } from '../protocol/operation.ts'\n\nexport const outbox = (clock: Clock, operation: Operation) => apply(operation, clock.now())\n`,
  'src/adapters/clock.ts': `import { get } from 'idb-keyval'\nimport type { Clock } from '../ports/clock.ts'\n\nexport const read = () => get('x')\nexport const clock: Clock = {\n  now: () => Date.now(),\n  sleep: (ms) => new Promise((resolve) => setTimeout(() => resolve(String(Math.random())), ms)),\n}\n`,
  'src/engine/actor.ts': `import { createActor } from 'xstate'\nimport { engineMachine } from '../../machines/engine/engine.machine.ts'\n\nexport const actor = () => createActor(engineMachine)\n`,
  'src/engine/deep/wire.ts': `import { clock } from '../../adapters/clock.ts'\nimport { outbox } from '../../stores/outbox.ts'\n\nexport const wire = () => outbox(clock, 'x')\n`,
  'src/engine/index.ts': `export { wire } from './deep/wire.ts'\n`,
  'src/react/hooks/use-engine.ts': `import { useSelector } from '@xstate/react'\nimport { useState } from 'react'\nimport { apply } from '../../core/apply.ts'\nimport { actor } from '../../engine/actor.ts'\nimport { wire } from '../../engine/index.ts'\n\nexport const useEngine = () => {\n  const [root] = useState(actor)\n  return [useSelector(root, (state) => state.status), apply, wire]\n}\n`,
  'src/react/index.ts': `export { useEngine } from './hooks/use-engine.ts'\n`,
  'src/react/styles.css': `:root {\n  color: black;\n}\n`,
  'src/inspector/index.ts': `import { actor } from '../engine/actor.ts'\n\nexport const inspect = () => actor()\n`,
  'src/testing/index.ts': `import { memory } from '../../server/memory/store.ts'\nimport { wire } from '../engine/index.ts'\n\nexport const simulate = () => [wire(), memory()]\n`,
  'src/index.ts': `export { wire } from './engine/index.ts'\n`,
  'src/machines.ts': `export { engineMachine } from '../machines/engine/engine.machine.ts'\nexport { actor } from './engine/actor.ts'\n`,
  'server/core/order.ts': `import { apply } from '../../src/core/apply.ts'\nimport { operation } from '../../src/protocol/operation.ts'\n\nexport const order = () => [apply, operation]\n`,
  'server/memory/store.ts': `import { order } from '../core/order.ts'\n\nexport const memory = () => order()\n`,
  'server/http/handler.ts': `import { Hono } from 'hono'\n\nexport const handler = () => [new Hono(), Date.now()]\n`,
  'server/node.ts': `import { serve } from '@hono/node-server'\n\nexport const listen = () => [serve, Date.now()]\n`,
  'server/index.ts': `export { handler } from './http/handler.ts'\n`,
  'demo/start.ts': `import { handler } from '../server/index.ts'\nimport { wire } from '../src/index.ts'\n\nconsole.log(wire, handler, Date.now())\n`,
  'stories/a.stories.tsx': `import { useEngine } from '../src/react/index.ts'\nimport '../src/react/styles.css'\n\nexport const Plain = () => <p>{String(useEngine)}</p>\n`,
}

const IMPORTS = 'lint/style/noRestrictedImports'
const GLOBALS = 'lint/style/noRestrictedGlobals'

const importing = (path: string) => `import * as x from '${path}'\n\nexport const y = x\n`

/** [file, its text, what must be said about it]. One line per rule; the text is otherwise in order. */
const PLANTED: [path: string, text: string, said: string][] = [
  ['machines/lifecycle/p1.ts', importing('../../src/core/apply.ts'), IMPORTS],
  ['machines/lifecycle/p2.ts', importing('immer'), IMPORTS],
  ['src/protocol/p1.ts', importing('../core/apply.ts'), IMPORTS],
  ['src/protocol/p2.ts', importing('immer'), IMPORTS],
  ['src/core/p1.ts', importing('../stores/outbox.ts'), IMPORTS],
  ['src/core/p2.ts', importing('xstate'), IMPORTS],
  ['src/core/p3.ts', `export const lazy = () => import('react')\n`, IMPORTS],
  ['src/core/p4.ts', `export type { FC } from 'react'\n`, IMPORTS],
  ['src/core/p5.ts', `export type Clock = import('../adapters/clock.ts').Clock\n`, 'plugin'],
  ['src/core/deep/p6.ts', importing('../../ports/clock.ts'), IMPORTS],
  ['src/core/p7.ts', importing('react/jsx-runtime'), IMPORTS],
  ['src/core/p8.ts', importing('../machines.ts'), IMPORTS],
  ['src/ports/p1.ts', importing('../core/apply.ts'), IMPORTS],
  ['src/ports/p2.ts', importing('valibot'), IMPORTS],
  ['src/stores/p1.ts', importing('../adapters/clock.ts'), IMPORTS],
  ['src/stores/p2.ts', importing('idb-keyval'), IMPORTS],
  ['src/stores/p3.ts', importing('../../machines/engine/engine.machine.ts'), IMPORTS],
  ['src/adapters/p1.ts', importing('../stores/outbox.ts'), IMPORTS],
  ['src/adapters/p2.ts', importing('../core/apply.ts'), IMPORTS],
  ['src/adapters/p3.ts', importing('xstate'), IMPORTS],
  ['src/engine/p1.ts', importing('../react/index.ts'), IMPORTS],
  ['src/engine/p2.ts', importing('react'), IMPORTS],
  ['src/engine/p3.ts', importing('../../server/core/order.ts'), IMPORTS],
  ['src/react/hooks/p1.ts', importing('../../engine/deep/wire.ts'), IMPORTS],
  ['src/react/p2.ts', importing('../stores/outbox.ts'), IMPORTS],
  ['src/react/p3.ts', importing('../../machines/engine/engine.machine.ts'), IMPORTS],
  ['src/inspector/p1.ts', importing('../engine/deep/wire.ts'), IMPORTS],
  ['src/inspector/p2.ts', importing('../adapters/clock.ts'), IMPORTS],
  ['src/engine/p4.ts', importing('../testing/index.ts'), IMPORTS],
  ['src/index.ts', importing('./testing/index.ts'), IMPORTS],
  ['src/testing/p1.ts', importing('../../test/helper.ts'), IMPORTS],
  ['server/sql/p1.ts', importing('../../src/engine/index.ts'), IMPORTS],
  ['server/sql/p2.ts', importing('xstate'), IMPORTS],
  ['server/sql/p3.ts', importing('../../src/testing/index.ts'), IMPORTS],
  ['server/core/p1.ts', importing('../sql/store.ts'), IMPORTS],
  ['server/core/p2.ts', importing('node:fs'), IMPORTS],
  ['demo/p1.ts', importing('../src/engine/actor.ts'), IMPORTS],
  ['stories/p1.stories.tsx', importing('../machines/engine/engine.machine.ts'), IMPORTS],
  ['stories/p2.stories.tsx', importing('../server/core/order.ts'), IMPORTS],
  ['src/core/t1.ts', `export const y = () => Date.now()\n`, 'plugin'],
  ['src/core/t2.ts', `export const y = () => new Date()\n`, 'plugin'],
  ['src/core/t3.ts', `export const y = () => Math.random()\n`, 'plugin'],
  ['src/engine/t4.ts', `export const y = () => crypto.randomUUID()\n`, 'plugin'],
  ['src/engine/t5.ts', `export const y = () => globalThis.setTimeout(() => {}, 1)\n`, 'plugin'],
  ['src/react/t6.ts', `export const y = () => setTimeout(() => {}, 1)\n`, GLOBALS],
  ['src/stores/t7.ts', `export const y = () => setInterval(() => {}, 1)\n`, GLOBALS],
  ['src/inspector/t8.ts', `export const y = () => fetch('/')\n`, GLOBALS],
  ['machines/lifecycle/t9.ts', `export const y = () => Date.now()\n`, 'plugin'],
  ['server/sql/t10.ts', `export const y = () => Date.now()\n`, 'plugin'],
  [
    'src/core/c1.ts',
    `import { d } from './c2.ts'\n\nexport const c = () => d\n`,
    'lint/suspicious/noImportCycles',
  ],
  [
    'src/core/c2.ts',
    `import { c } from './c1.ts'\n\nexport const d = () => c\n`,
    'lint/suspicious/noImportCycles',
  ],
  [
    'src/engine/q1.ts',
    `const later = async () => 1\nexport const y = () => {\n  later()\n}\n`,
    'lint/nursery/noFloatingPromises',
  ],
  [
    'src/engine/q2.ts',
    `const later = async () => true\nexport const y = () => {\n  if (later()) console.log('always')\n}\n`,
    'lint/nursery/noMisusedPromises',
  ],
  ['src/core/a1.ts', `export const y = (x: any) => x\n`, 'lint/suspicious/noExplicitAny'],
  ['src/core/a2.ts', `export * from './apply'\n`, 'lint/correctness/useImportExtensions'],
  ['src/core/f1.ts', `export const y = "double"\n`, 'format'],
  ['src/core/d1.ts', `export const y = () => document.title\n`, `error TS2584: Cannot find name 'document'`],
  ['src/stores/d2.ts', `export const y = () => process.pid\n`, `Cannot find name 'process'`],
  ['machines/lifecycle/d3.ts', `export const y = () => localStorage\n`, `Cannot find name 'localStorage'`],
  ['src/react/d4.ts', `export const y: string = 1\n`, 'error TS2322'],
  ['src/misc/l1.ts', `export const y = 1\n`, 'no place for a source file'],
  ['src/loose.ts', `export const y = 1\n`, 'no place for a source file'],
  ['lib/l2.mjs', `export const y = 1\n`, 'no place for a source file'],
  ['machines/extra/l3.ts', `export const y = 1\n`, 'no place for a source file'],
  ['server/util/l4.ts', `export const y = 1\n`, 'no place for a source file'],
  ['root.ts', `export const y = 1\n`, 'no place for a source file'],
]

/** Biome says `path:1:2 category`, or `path category` for a whole file; tsc `path(1,2): error …`; the layout `path: …`. */
function isReported(output: string, path: string, said: string): boolean {
  return output
    .split('\n')
    .some((line) => line.startsWith(path) && /^[:( ]/.test(line.slice(path.length)) && line.includes(said))
}

describe('check', () => {
  let clean: ReturnType<typeof check>
  let broken: ReturnType<typeof check>

  beforeAll(() => {
    clean = check(CLEAN)
    broken = check({ ...CLEAN, ...Object.fromEntries(PLANTED) })
  }, 120_000)

  test('passes what keeps to the rules', () => {
    expect(clean.output).not.toContain('FAILED')
    expect(clean.ok).toBe(true)
  })

  test('fails what does not', () => {
    expect(broken.ok).toBe(false)
    for (const step of ['layout', 'biome', 'types', 'types, pure'])
      expect(broken.output).toContain(`FAILED ${step}`)
  })

  test('fails when a tool looks at fewer files than there are', () => {
    const narrow = (path: string, from: string, to: string) => {
      const text = rule(path)
      expect(text).toContain(from)
      return { [path]: text.replace(from, to) }
    }
    const { ok, output } = check({
      ...CLEAN,
      ...narrow('biome.json', '"!package-lock.json"', '"!package-lock.json", "!server"'),
      ...narrow('tsconfig.json', '"server"', '"elsewhere"'),
    })
    expect(ok).toBe(false)
    expect(output).toMatch(/Biome does not look at:\n(.*\n)*server\/node\.ts/)
    expect(output).toMatch(/tsconfig\.json does not look at:\n(.*\n)*server\/node\.ts/)
  }, 60_000)

  test('finds every planted violation', () => {
    const missed = PLANTED.filter(([path, , said]) => !isReported(broken.output, path, said))
    expect(
      missed.map(([path]) => path),
      broken.output,
    ).toEqual([])
  })
})
