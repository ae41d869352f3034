/** Reads a built chart: its states, its transitions, and what each state does with each event. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'

export const nodesOf = (chart: AnyStateMachine): AnyStateNode[] => {
  const below = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(below)]
  return below(chart.root)
}

export const pathOf = (node: AnyStateNode) => node.path.join('.') || node.key

const ownTransitions = (node: AnyStateNode): AnyTransitionDefinition[] => [
  ...[...node.transitions.values()].flat(),
  ...(node.always ?? []),
]

export const transitionsOf = (chart: AnyStateMachine) => nodesOf(chart).flatMap(ownTransitions)

/** A state that the chart can be seen in: final ones too, choice points not. */
export const leavesOf = (chart: AnyStateMachine) =>
  nodesOf(chart).filter((node) => Object.keys(node.states).length === 0 && !isChoicePoint(node))

/** The last of its `always` has no guard, so that it is left in the step in which it is entered. */
const isChoicePoint = (node: AnyStateNode) => Boolean(node.always?.some((transition) => !transition.guard))

/** Of a guard or action: `inline` where it has none, as those that xstate makes itself for `after`. */
export const nameOf = (source: unknown): string =>
  typeof source === 'string' ? source : String((source as { type?: unknown }).type ?? 'inline')

const targetsOf = (transition: AnyTransitionDefinition) => (transition.target ?? []).map(pathOf)

/** `sending · xstate.done.actor.pushBatch · [guard] → settling`: the same for every machine made of the chart. */
export const describeTransition = (transition: AnyTransitionDefinition) =>
  [
    pathOf(transition.source),
    transition.eventType || 'always',
    `${transition.guard ? `[${nameOf(transition.guard)}] ` : ''}${describeEffect(transition)}`,
  ].join(' · ')

const describeEffect = (transition: AnyTransitionDefinition) => {
  const targets = targetsOf(transition)
  const actions = transition.actions.map(nameOf).join(', ')
  const where = targets.length > 0 ? `→ ${targets.join(', ')}${transition.reenter ? ' (again)' : ''}` : ''
  return [where, actions && `/ ${actions}`].filter(Boolean).join(' ') || 'ignored'
}

/** The chain of handlers an event meets: the state's own first, then its parents', up to one without a guard. */
const handlersOf = (leaf: AnyStateNode, event: string): AnyTransitionDefinition[] => {
  const found: AnyTransitionDefinition[] = []
  for (let node: AnyStateNode | undefined = leaf; node; node = node.parent) {
    for (const transition of node.transitions.get(event) ?? []) {
      found.push(transition)
      if (!transition.guard) return found
    }
  }
  return found
}

export interface Matrix {
  text: string
  pairs: number
  undecided: string[]
}

/** What every state does with every event, as text. A pair is undecided where an event may meet no handler. */
export const matrixOf = (chart: AnyStateMachine, events: readonly string[]): Matrix => {
  const undecided: string[] = []
  let pairs = 0
  const blocks = leavesOf(chart)
    .filter((leaf) => leaf.type !== 'final')
    .map((leaf) => {
      const lines = events.map((event) => {
        pairs += 1
        const handlers = handlersOf(leaf, event)
        if (!handlers.length || handlers.at(-1)?.guard) undecided.push(`${pathOf(leaf)} · ${event}`)
        const cell = handlers.map((handler) => {
          const guard = handler.guard ? `[${nameOf(handler.guard)}] ` : ''
          return guard + describeEffect(handler)
        })
        return `  ${event.padEnd(18)} ${cell.join(' | ') || 'UNDECIDED'}`
      })
      return [pathOf(leaf), ...lines].join('\n')
    })
  return { text: `${blocks.join('\n\n')}\n`, pairs, undecided }
}

/** Where a state can lead, guards taken as free; entering a state enters its initial ones and may go on by `always`. */
const stepsFrom = (leaf: AnyStateNode): AnyStateNode[] => {
  const targets: AnyStateNode[] = []
  for (let node: AnyStateNode | undefined = leaf; node; node = node.parent) {
    targets.push(...ownTransitions(node).flatMap((transition) => transition.target ?? []))
  }
  return targets.flatMap(entered)
}

const entered = (node: AnyStateNode): AnyStateNode[] => {
  if (node.type === 'parallel') return Object.values(node.states).flatMap(entered)
  const initial = node.initial?.target ?? []
  return initial.length > 0 ? [...initial].flatMap(entered) : [node]
}

export const reachableFrom = (start: AnyStateNode): Set<AnyStateNode> => {
  const seen = new Set(entered(start))
  for (const node of seen) for (const next of stepsFrom(node)) seen.add(next)
  return seen
}

/** Every way out of a state that leads to another one, or back into itself from a fresh start. */
export const exitsOf = (leaf: AnyStateNode) => {
  const exits: AnyTransitionDefinition[] = []
  for (let node: AnyStateNode | undefined = leaf; node; node = node.parent) {
    exits.push(
      ...ownTransitions(node).filter((transition) => transition.target?.some((target) => target !== leaf)),
    )
  }
  return exits
}
