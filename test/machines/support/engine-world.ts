import { type Actor, createActor, fromCallback, fromPromise } from 'xstate'
import {
  createConnectivityMachine,
  createEngineMachine,
  createLifecycleMachine,
  defaultSupervision,
  defaultTiming,
  type EngineEmitted,
  type EngineMachine,
  type Facts,
  type Fault,
  noCounts,
} from '../../../machines/index.ts'
import { VirtualClock } from '../../../src/testing/virtual-clock.ts'
import { FLAP_WINDOW_MS, PROBE_EVERY_MS } from './probe-world.ts'
import { Trace } from './trace.ts'

const CALL_MS = 10

/** An engine whose parts can be broken, over a server that answers or does not. */
export class EngineWorld {
  readonly clock = new VirtualClock()
  readonly trace = new Trace(this.clock, 'engine')
  readonly emitted: EngineEmitted[] = []
  readonly actor: Actor<EngineMachine>
  /** The names of all calls, in order. */
  readonly calls: string[] = []
  readonly aborted: string[] = []
  facts: Facts = { counts: noCounts, authed: true, pausedByUser: false, retryAt: null, retryForced: false }
  reachable = true
  recoverFails: Fault | Error | undefined
  shutdownFails = false
  rootError: unknown

  constructor() {
    const lifecycle = createLifecycleMachine({
      claimBatch: fromPromise(({ signal }) =>
        this.#call('claimBatch', signal, { kind: 'nothing' as const, revision: 99 }),
      ),
      pushBatch: fromPromise(({ input, signal }) => this.#call('pushBatch', signal, input)),
      settleBatch: fromPromise(({ signal }) =>
        this.#call('settleBatch', signal, { applied: 0, conflicts: 0, rejected: 0 }),
      ),
      pullPage: fromPromise(({ signal }) => this.#request('pullPage', signal, { pageId: 1 })),
      applyPage: fromPromise(({ signal }) =>
        this.#call('applyPage', signal, { applied: 0, conflicts: 0, hasMore: false, stale: false }),
      ),
      triage: fromPromise(({ signal }) => this.#call('triage', signal, { open: 0 })),
      probeAuth: fromPromise(({ signal }) => this.#call('probeAuth', signal, { authed: true })),
    })
    const connectivity = createConnectivityMachine({
      probe: fromPromise(({ signal }) =>
        this.#call('probe', signal, null).then(() => ({ reachable: this.reachable })),
      ),
      linkSource: fromCallback(({ sendBack }) => sendBack({ type: 'link.up' })),
    })
    // What breaks a chart is a defect in one of its actions; these two stand for any.
    const broken = () => {
      throw new Error('a defect')
    }
    const machine = createEngineMachine({
      recover: fromPromise(async ({ signal }) => {
        await this.#call('recover', signal, null)
        if (this.recoverFails) throw this.recoverFails
        return this.facts
      }),
      shutdown: fromPromise(async ({ signal }) => {
        await this.#call('shutdown', signal, null)
        if (this.shutdownFails) throw new Error('the database does not close')
      }),
      lifecycle: lifecycle.provide({ actions: { noteRoom: broken } }),
      connectivity: connectivity.provide({ actions: { noteSuccess: broken } }),
    })
    this.actor = createActor(machine, {
      clock: this.clock,
      inspect: this.trace.inspect,
      input: {
        now: this.clock.now,
        timing: defaultTiming,
        connectivity: { linkUp: true, probeEveryMs: PROBE_EVERY_MS, flapWindowMs: FLAP_WINDOW_MS },
        supervision: defaultSupervision,
      },
    })
    this.actor.on('*', (event) => this.emitted.push(event))
    this.actor.subscribe({
      error: (error) => {
        this.rootError = error
      },
    })
  }

  async start(): Promise<this> {
    this.actor.start()
    await this.clock.advance(200)
    return this
  }

  /** `running`, or what else it is. */
  get state(): string {
    const { value } = this.actor.getSnapshot()
    return typeof value === 'string' ? value : Object.keys(value).join()
  }

  get lifecycle() {
    return this.actor.getSnapshot().children.lifecycle
  }

  get connectivity() {
    return this.actor.getSnapshot().children.connectivity
  }

  break(child: 'lifecycle' | 'connectivity'): void {
    if (child === 'lifecycle') this.lifecycle?.send({ type: 'quota.freed' })
    else
      for (const type of ['request.succeeded', 'request.succeeded'] as const)
        this.connectivity?.send({ type })
  }

  /** As the engine's transport does it: what fails for lack of network is reported. */
  async #request<Output>(name: string, signal: AbortSignal, output: Output): Promise<Output> {
    await this.#call(name, signal, null)
    if (this.reachable) return output
    this.actor.send({ type: 'request.failed' })
    throw { kind: 'offline' } satisfies Fault
  }

  async #call<Output>(name: string, signal: AbortSignal, output: Output): Promise<Output> {
    this.calls.push(name)
    signal.addEventListener('abort', () => this.aborted.push(name))
    await new Promise<void>((resolve) => this.clock.setTimeout(resolve, CALL_MS))
    return output
  }
}
