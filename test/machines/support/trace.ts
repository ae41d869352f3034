import type { AnyTransitionDefinition, InspectionEvent } from 'xstate'
import type { VirtualClock } from '../../../src/testing/virtual-clock.ts'
import { describeTransition, pathOf } from './chart.ts'

export interface Step {
  at: number
  event: string
  from: string
  to: string
}

/**
 * Watches machines through xstate's raw inspection: which transitions were taken, and where they led.
 * `_transitions` is not documented; this is the one place that reads it, and LIF43 fails when it changes.
 */
export class Trace {
  readonly taken = new Set<string>()
  readonly steps: Step[] = []
  readonly #clock: VirtualClock
  readonly #chart: string

  constructor(clock: VirtualClock, chart: string) {
    this.#clock = clock
    this.#chart = chart
  }

  readonly inspect = (inspected: InspectionEvent): void => {
    if (inspected.type !== '@xstate.microstep') return
    const transitions = inspected._transitions as unknown as AnyTransitionDefinition[]
    for (const transition of transitions) {
      if (transition.source.machine.id !== this.#chart) continue
      this.taken.add(describeTransition(transition))
      this.steps.push({
        at: this.#clock.now(),
        event: inspected.event.type,
        from: pathOf(transition.source),
        to: transition.target?.map(pathOf).join() ?? '',
      })
    }
  }

  get text(): string {
    return this.steps.map(({ at, event, from, to }) => `${at} ${from} --${event}--> ${to}`).join('\n')
  }
}
