import { describe, expect, test } from 'vitest'
import type { AnyStateMachine } from 'xstate'
import { connectivityChart, engineChart, lifecycleChart } from '../../machines/index.ts'
import {
  exitsOf,
  leavesOf,
  matrixOf,
  nameOf,
  nodesOf,
  pathOf,
  reachableFrom,
  transitionsOf,
} from './support/chart.ts'
import { connectivityEvents, engineEvents, lifecycleEvents } from './support/events.ts'

interface Subject {
  rule: string
  chart: AnyStateMachine
  events: readonly string[]
  /** Where every state can get to again. */
  home: string
}

const subjects: Subject[] = [
  { rule: 'LIF', chart: lifecycleChart, events: lifecycleEvents, home: 'idle' },
  { rule: 'NET', chart: connectivityChart, events: connectivityEvents, home: 'online' },
  { rule: 'ENG', chart: engineChart, events: engineEvents, home: 'stopped' },
]

// No `describe.each`: it would print a whole chart into its title.
for (const { rule, chart, events, home } of subjects) {
  describe(chart.id, () => {
    test(`${rule}90 every event is decided on in every state, and the decisions are on file`, async () => {
      const matrix = matrixOf(chart, events)
      expect(matrix.undecided).toEqual([])
      await expect(matrix.text).toMatchFileSnapshot(`golden/${chart.id}.matrix.txt`)
    })

    test(`${rule}91 every state can be reached, and leads home`, () => {
      const start = chart.root.initial.target?.[0]
      if (!start) throw new Error('no initial state')
      const reachable = reachableFrom(start)
      for (const leaf of leavesOf(chart)) {
        expect(reachable.has(leaf), `${pathOf(leaf)} is reached`).toBe(true)
        if (leaf.type === 'final') continue
        expect([...reachableFrom(leaf)].map(pathOf), `${pathOf(leaf)} leads home`).toContain(home)
        expect(exitsOf(leaf).length, `${pathOf(leaf)} has a way out`).toBeGreaterThan(0)
      }
    })

    test(`${rule}92 every actor's failure is answered, whatever it is`, () => {
      const invoking = nodesOf(chart).filter((node) => node.invoke.length > 0)
      expect(invoking.length).toBeGreaterThan(0)
      for (const node of invoking) {
        for (const { id } of node.invoke) {
          const answers = node.transitions.get(`xstate.error.actor.${id}`) ?? []
          expect(answers.length, `${pathOf(node)} answers the failure of ${id}`).toBeGreaterThan(0)
          expect(Boolean(answers.at(-1)?.guard), `the last answer to ${id} has a guard`).toBe(false)
        }
      }
    })

    test(`${rule}93 every state has words for builders and for people`, () => {
      for (const node of nodesOf(chart)) {
        if (node === chart.root) continue
        expect(node.description, pathOf(node)).toMatch(/\.$/)
        expect(node.meta, pathOf(node)).toEqual({
          label: expect.stringMatching(/^[A-Z].{2,30}$/),
          help: expect.stringMatching(/^[A-Z].*\.$/),
        })
      }
    })

    test(`${rule}94 no name in the chart is a typing error: guards, actions and delays exist`, () => {
      const known = Object.fromEntries(
        Object.entries(chart.implementations).map(([kind, parts]) => [kind, Object.keys(parts)]),
      )
      const nodes = nodesOf(chart)
      const transitions = transitionsOf(chart)
      const delays = nodes.flatMap((node) => node.after.map(({ delay }) => delay))
      for (const delay of delays) expect(known.delays).toContain(delay)
      for (const { guard } of transitions) if (guard) expect(known.guards).toContain(nameOf(guard))
      const own = nodes.flatMap((node) => [...node.entry, ...node.exit])
      // What is left unnamed is made by xstate, to arm and to cancel timers.
      const named = [
        ...own.filter((action) => typeof action !== 'function'),
        ...transitions.flatMap((t) => t.actions),
      ]
      for (const action of named) expect(known.actions).toContain(nameOf(action))
    })
  })
}
