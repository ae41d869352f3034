import { expect, test } from 'vitest'
import { lifecycleChart } from '../../src/machines.ts'
import * as stories from '../../stories/states/Lifecycle.stories.tsx'

interface Node {
  key: string
  path: string[]
  states: Record<string, Node>
}

const leafPaths = (node: Node): string[] => {
  const children = Object.values(node.states)
  return children.length === 0 ? [node.path.join('.')] : children.flatMap(leafPaths)
}

test('UI51 every state of the lifecycle chart has a story, and no story shows a state that is not there', () => {
  const { default: meta, ...exported } = stories
  const shown = Object.values(exported).map((story) => story.args?.state)
  expect(meta.title).toBe('States/Lifecycle')
  expect([...shown].sort()).toEqual(leafPaths(lifecycleChart.root as unknown as Node).sort())
})
