import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** The fenced blocks of a page in one language. */
export const blocksOf = (page: string, language: 'ts' | 'tsx'): string[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter((match) => match[1] === language)
    .map((match) => match[2] as string)

const entries: Record<string, string> = {
  synchart: 'src/index.ts',
  'synchart/machines': 'src/machines.ts',
  'synchart/react': 'src/react/index.ts',
  'synchart/styles.css': 'src/react/styles.css',
}

/** A block as it runs inside this repository: the package's entries are files here. */
export const asSource = (block: string, fileOf: (path: string) => string): string =>
  block.replace(/(from|import) '(synchart[^']*)'/g, (_, word: string, entry: string) => {
    const path = entries[entry]
    if (path === undefined) throw new Error(`${entry} is no entry of the package`)
    return `${word} '${fileOf(path)}'`
  })
