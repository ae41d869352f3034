import { type Actor, createActor, fromCallback, fromPromise } from 'xstate'
import {
  type ConnectivityMachine,
  createConnectivityMachine,
  type NetListener,
} from '../../../machines/index.ts'
import { VirtualClock } from '../../../src/testing/virtual-clock.ts'
import { Trace } from './trace.ts'

export const PROBE_EVERY_MS = 10_000
export const FLAP_WINDOW_MS = 300
const PROBE_MS = 20

/** A connectivity with a network that can be switched, and somebody who listens. */
export class ProbeWorld {
  readonly clock = new VirtualClock()
  readonly trace = new Trace(this.clock, 'connectivity')
  readonly heard: string[] = []
  readonly actor: Actor<ConnectivityMachine>
  reachable = true
  probes = 0
  /** What the next probe does instead of answering. */
  twist: 'throw' | 'hang' | undefined
  #tell: (event: { type: 'link.up' | 'link.down' }) => void = () => {}

  constructor(options: { linkUp?: boolean; breakLinkSource?: boolean } = {}) {
    const { linkUp = true } = options
    const listener = createActor(
      fromCallback<{ type: string }>(({ receive }) => receive(({ type }) => this.heard.push(type))),
    ).start()
    const machine = createConnectivityMachine({
      probe: fromPromise(() => this.#probe()),
      linkSource: fromCallback(({ sendBack }) => {
        if (options.breakLinkSource) throw new Error('no such event source')
        this.#tell = sendBack
        sendBack({ type: linkUp ? 'link.up' : 'link.down' })
      }),
    })
    this.actor = createActor(machine, {
      clock: this.clock,
      inspect: this.trace.inspect,
      input: {
        linkUp,
        probeEveryMs: PROBE_EVERY_MS,
        flapWindowMs: FLAP_WINDOW_MS,
        listener: listener as unknown as NetListener,
      },
    })
    this.actor.start()
  }

  get state(): string {
    return this.actor.getSnapshot().value
  }

  link(state: 'up' | 'down'): void {
    this.#tell({ type: `link.${state}` })
  }

  send(type: 'probe.requested' | 'request.failed' | 'request.succeeded'): void {
    this.actor.send({ type })
  }

  async #probe(): Promise<{ reachable: boolean }> {
    this.probes += 1
    const { twist } = this
    this.twist = undefined
    await new Promise<void>((resolve) => this.clock.setTimeout(resolve, PROBE_MS))
    if (twist === 'throw') throw new Error('refused')
    if (twist === 'hang') await new Promise(() => {})
    return { reachable: this.reachable }
  }
}
