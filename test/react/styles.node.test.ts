import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const css = readFileSync('src/react/styles.css', 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '')

const tokens = (block: string): Record<string, [string, string]> =>
  Object.fromEntries(
    [...block.matchAll(/--sc-([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
      ([, name, light, dark]) => [name, [light, dark]],
    ),
  )

const base = tokens(css.slice(0, css.indexOf('cvd')))
const cvd = { ...base, ...tokens(css.slice(css.indexOf('cvd'), css.indexOf('@media'))) }

const channel = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
const luminance = (hex: string) => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) =>
    channel(Number.parseInt(hex.slice(at, at + 2), 16) / 255),
  )
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (a: string, b: string) => {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high + 0.05) / (low + 0.05)
}

const text = [
  ['fg', 'bg'],
  ['fg', 'surface'],
  ['fg', 'sunken'],
  ['muted', 'bg'],
  ['muted', 'surface'],
  ['muted', 'sunken'],
  ['accent-fg', 'accent'],
  ['accent', 'accent-soft'],
  ['muted', 'accent-soft'],
  ['added', 'added-bg'],
  ['removed', 'removed-bg'],
  ['changed', 'changed-bg'],
  ['good', 'bg'],
  ['warning', 'warning-bg'],
  ['warning', 'surface'],
  ['warning', 'bg'],
] as const
const shapes = [
  ['border', 'bg'],
  ['border', 'surface'],
  ['accent', 'bg'],
  ['accent', 'surface'],
] as const

describe.each([
  ['default', base],
  ['cvd', cvd],
])('tokens of the %s palette', (_, palette) => {
  const of = (name: string, theme: number) => palette[name]?.[theme] ?? `no token ${name}`

  test.each(text)('UI60 %s on %s can be read in both themes', (front, back) => {
    for (const theme of [0, 1])
      expect(contrast(of(front, theme), of(back, theme))).toBeGreaterThanOrEqual(4.5)
  })

  test.each(shapes)('UI60 %s beside %s can be seen in both themes', (front, back) => {
    for (const theme of [0, 1]) expect(contrast(of(front, theme), of(back, theme))).toBeGreaterThanOrEqual(3)
  })
})

test('UI61 every rule stands in a layer of ours, and nothing shouts', () => {
  expect(css).not.toContain('!important')
  const outside = css.replaceAll(/@layer synchart\.[a-z]+ \{[\s\S]*?\n\}\n/g, '').trim()
  expect(outside).toBe('@layer synchart.tokens, synchart.base, synchart.parts;')
})

test('UI61 selectors weigh nothing, or one pseudo-class or attribute more', () => {
  const selectors = [...css.matchAll(/(?:^|[{}])\s*([^{}@;]+?)\s*\{/g)].map(
    ([, selector]) => selector?.trim() ?? '',
  )
  const heavy = selectors
    .filter((selector) => selector.includes('data-sc') || selector.includes('data-synchart'))
    .flatMap((selector) => splitTop(selector))
    .filter((selector) => !selector.startsWith(':where('))
  expect(heavy).toEqual([])
})

const splitTop = (selector: string): string[] => {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const letter of selector) {
    if (letter === '(') depth++
    if (letter === ')') depth--
    if (letter === ',' && depth === 0) {
      parts.push(part.trim())
      part = ''
    } else part += letter
  }
  return [...parts, part.trim()]
}

test('UI63 boxes follow the direction of writing', () => {
  const physical = css.match(
    /^\s*(?:margin|padding|border|inset)?-?(?:left|right)\s*:|text-align: (?:left|right)/gm,
  )
  expect(physical).toBeNull()
})
