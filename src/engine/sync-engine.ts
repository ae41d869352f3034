import type { InspectionEvent } from 'xstate'
import type { EngineActor, LifecycleActor } from '../../machines/engine/engine.follow.ts'
import { followLifecycle } from '../../machines/engine/engine.follow.ts'
import type { EngineEvent } from '../../machines/engine/engine.types.ts'
import type { Counts } from '../../machines/lifecycle/lifecycle.types.ts'
import type { ChannelPort } from '../ports/channel.ts'
import type { ClockPort } from '../ports/clock.ts'
import type { LoggerPort } from '../ports/logger.ts'
import { SyncError } from '../protocol/errors.ts'
import type { Schema, SchemaDefinition } from '../protocol/schema.ts'
import { Store } from '../stores/store.ts'
import type { StoreState } from '../stores/store-state.ts'
import { registerActor } from './actor.ts'
import { boundedCalls } from './calls.ts'
import { asSyncError, isLinkFault, toFault } from './classify.ts'
import { createConflicts } from './conflict-list.ts'
import { CycleRecord, standstillOf } from './cycle.ts'
import { Emitter } from './emitter.ts'
import { createEntities } from './entities.ts'
import { createLifecycleActors } from './lifecycle-actors.ts'
import { LiveQueries } from './live.ts'
import { createOperations } from './operations.ts'
import type { ResolvedOptions } from './options.ts'
import { countsOf, createRoot, factsOf } from './root.ts'
import type { LifecycleSnapshot } from './status.ts'
import { bootingStatus, isRequestServed, ProgressMeter, pathOf, toStatus } from './status.ts'
import type {
  Conflict,
  ConflictStrategy,
  Conflicts,
  EngineEvents,
  Entities,
  Operations,
  SyncEngine,
  SyncResult,
  SyncStatusSnapshot,
  Unsubscribe,
} from './types.ts'

/** The facade over charts, stores and adapters. It decides nothing: charts decide, stores remember. */
export class Engine<D extends SchemaDefinition> implements SyncEngine<D> {
  readonly schema: Schema<D>
  readonly tenantId: string
  readonly userId: string
  readonly entities: Entities<D>
  readonly operations: Operations
  readonly conflicts: Conflicts
  readonly #store: Store
  readonly #clock: ClockPort
  readonly #channel: ChannelPort
  readonly #logger: LoggerPort
  readonly #root: EngineActor
  readonly #live: LiveQueries
  readonly #events: Emitter<EngineEvents>
  readonly #progress = new ProgressMeter()
  readonly #unfollow: () => void
  #opened: Promise<Store> | null = null
  #cycle: { record: CycleRecord; ended: Promise<SyncResult> } | null = null
  #endCycle: (errors: SyncError[]) => void = () => undefined
  #lastError: SyncError | null = null
  #lastSyncedAt: number | null = null
  #status: SyncStatusSnapshot = bootingStatus
  #lifecyclePath = ''
  #countsTold: Counts | null = null
  #isObserving = false
  #isObservationDue = false

  constructor(options: ResolvedOptions<D>) {
    const { schema, clock, ids, transport } = options
    this.schema = schema
    this.tenantId = options.tenantId
    this.userId = options.userId
    this.#clock = clock
    this.#channel = options.channel
    this.#logger = options.logger
    const report = (error: unknown) => this.#logger.error('a listener failed', { error })
    const isolated = (work: () => void) => {
      try {
        work()
      } catch (error) {
        report(error)
      }
    }
    this.#live = new LiveQueries(report)
    this.#events = new Emitter(report)
    this.#store = new Store(options.storage, schema, ids, clock)
    const ready = () => this.#open()
    this.entities = createEntities(schema, ready, this.#live)
    this.operations = createOperations(ready, this.#live)
    this.conflicts = createConflicts(ready, this.#live)

    const calls = boundedCalls(transport, clock, options.requestTimeoutMs)
    this.#root = createRoot({
      clock,
      timing: options.timing,
      connectivity: options.connectivity,
      calls,
      lifecycle: createLifecycleActors({
        store: this.#store,
        calls,
        schema,
        batchSize: options.timing.batchSize,
        pageSize: options.pageSize,
        toFault: async (error) => {
          this.#lastError = error
          if (isLinkFault(error)) this.#send({ type: 'request.failed' })
          else if (error.status !== undefined) this.#send({ type: 'request.succeeded' })
          return await toFault(error, this.#store, ids, () => clock.now(), options.retry)
        },
        onAnswer: () => this.#send({ type: 'request.succeeded' }),
        onSettled: (settled, operations) => {
          this.#cycle?.record.settled(settled, operations)
          this.#progress.settled(operations.length)
        },
      }),
      recover: async () => {
        await this.#open()
        // A query that came before the store could be read has found nothing yet.
        this.#live.changedElsewhere()
        return factsOf(await this.#store.state())
      },
      shutdown: async () => {
        this.#live.stop()
        this.#channel.close()
        await this.#store.close()
      },
      inspect: (event) => {
        // It runs in the middle of a step of the charts: what an inspector throws is its own.
        isolated(() => options.inspect?.(event))
        this.#record(event)
      },
    })
    registerActor(this, this.#root)
    this.#store.subscribe((changes) => {
      this.#live.changed(changes)
      isolated(() => this.#channel.notify())
      for (const mapping of changes.mapped) this.#events.emit('mapped', mapping)
      // Before the write resolves: who awaited it finds it in the status.
      if (changes.operations || changes.conflicts) this.#sendCounts(changes.state)
    })
    this.#channel.subscribe(() => {
      this.#live.changedElsewhere()
      this.#observe()
    })
    this.#unfollow = followLifecycle(this.#root, (lifecycle) => this.#attach(lifecycle))
    this.#root.subscribe({ next: () => this.#refreshStatus(), error: report })
    this.#root.start()
  }

  async bidirectionalSync(): Promise<SyncResult> {
    if (this.#cycle !== null) {
      const { ended } = this.#cycle
      // The running cycle may be past the upload: asked again, it does not end before what is written now went up.
      // Or it ends at once, where nothing can be done.
      this.#send({ type: 'sync.requested' })
      return await ended
    }
    const record = new CycleRecord(this.#clock.now())
    this.#progress.reset()
    const ended = new Promise<SyncResult>((resolve) => {
      this.#endCycle = (errors) => {
        this.#cycle = null
        this.#endCycle = () => undefined
        resolve(record.result(this.#clock.now(), errors))
      }
    })
    this.#cycle = { record, ended }
    if (this.#root.getSnapshot().hasTag('failed')) this.#send({ type: 'engine.restarted' })
    try {
      await this.#open()
    } catch (error) {
      this.#lastError = asSyncError(error)
      this.#endCycle([this.#lastError])
      return await ended
    }
    // A request made while the root still boots would find nobody: the first cycle is due by itself then.
    if (!this.#status.online) this.#send({ type: 'probe.requested' })
    this.#send({ type: 'sync.requested' })
    this.#checkStandstill()
    return await ended
  }

  async resolveConflict(conflict: Conflict, strategy: ConflictStrategy): Promise<void> {
    await this.conflicts.resolve(conflict.id, strategy)
  }

  pause(): void {
    this.#setPaused(true)
  }

  resume(): void {
    this.#setPaused(false)
  }

  renewAuth(): void {
    this.#send({ type: 'auth.renewed' })
  }

  async stop(): Promise<void> {
    this.#send({ type: 'engine.stop' })
    await new Promise<void>((resolve) => {
      const isStopped = () => this.#root.getSnapshot().status !== 'active'
      if (isStopped()) return resolve()
      this.#root.subscribe({ complete: resolve, error: () => resolve() })
    })
    this.#endCycle([new SyncError('STOPPED', 'the engine was stopped')])
    this.#unfollow()
    this.#events.clear()
  }

  status(): SyncStatusSnapshot {
    return this.#status
  }

  on<E extends keyof EngineEvents>(event: E, listener: (payload: EngineEvents[E]) => void): Unsubscribe {
    return this.#events.on(event, listener)
  }

  async #open(): Promise<Store> {
    this.#opened ??= this.#store.open().then(() => this.#store)
    try {
      return await this.#opened
    } catch (error) {
      // The next call tries again: what blocked it may be gone.
      this.#opened = null
      this.#lastError = asSyncError(error)
      throw error
    }
  }

  #setPaused(pausedByUser: boolean): void {
    this.#send({ type: pausedByUser ? 'sync.paused' : 'sync.resumed' })
    const write = async () => {
      const store = await this.#open()
      await store.write('strict', async (unit) => {
        unit.state.pausedByUser = pausedByUser
      })
    }
    write().catch((error: unknown) => this.#logger.error('the pause could not be stored', { error }))
  }

  #attach(lifecycle: LifecycleActor): () => void {
    const snapshots = lifecycle.subscribe({ next: () => this.#refreshStatus(), error: () => undefined })
    const settled = lifecycle.on('cycle.settled', ({ type: _type, ...counts }) =>
      this.#events.emit('settled', counts),
    )
    const finished = lifecycle.on('cycle.finished', () => {
      this.#lastSyncedAt = this.#clock.now()
      this.#lastError = null
      // Storage decides: what a failed reading or an unheard commit of another tab left unknown is found now at the latest.
      this.#observe()
      // What a request finds running may have begun before what it is about was written: that one's end is not its own.
      queueMicrotask(() => {
        if (isRequestServed(lifecycle.getSnapshot())) this.#endCycle([])
      })
      this.#refreshStatus()
    })
    const faulted = lifecycle.on('cycle.faulted', () => {
      this.#endCycle([this.#lastError ?? new SyncError('SERVER_ERROR', 'the cycle failed')])
      this.#refreshStatus()
    })
    return () => {
      for (const subscription of [snapshots, settled, finished, faulted]) subscription.unsubscribe()
    }
  }

  /** After the end there is nobody to tell. */
  #send(event: EngineEvent): void {
    if (this.#root.getSnapshot().status === 'active') this.#root.send(event)
  }

  #lifecycle(): LifecycleSnapshot | null {
    return this.#root.getSnapshot().children.lifecycle?.getSnapshot() ?? null
  }

  #checkStandstill(): void {
    if (this.#cycle === null) return
    const standstill = standstillOf(this.#root, this.#lastError)
    if (standstill !== null) this.#endCycle([standstill])
  }

  #refreshStatus(): void {
    const snapshot = this.#lifecycle()
    const failed = this.#root.getSnapshot().hasTag('failed')
    const lastError = this.#lastError !== null && isLinkFault(this.#lastError) ? null : this.#lastError
    let status: SyncStatusSnapshot = bootingStatus
    if (failed)
      status = {
        ...bootingStatus,
        state: 'error',
        tags: ['attention'],
        lastError: lastError === null ? null : { code: lastError.code, message: lastError.message },
      }
    else if (snapshot !== null) {
      const { counts } = snapshot.context
      const state = pathOf(snapshot.value).split('.')[0] as SyncStatusSnapshot['state']
      const progress = this.#progress.read(state, counts.unsent + counts.sent)
      status = toStatus(snapshot, { progress, lastSyncedAt: this.#lastSyncedAt, lastError })
      if (state === 'idle') this.#progress.reset()
    }
    if (JSON.stringify(status) !== JSON.stringify(this.#status)) {
      this.#status = status
      this.#events.emit('status', status)
    }
    // A step may end what a requested cycle waits for without changing what is shown.
    this.#checkStandstill()
  }

  /** What the charts know already would only make them decide again. */
  #sendCounts(state: StoreState): void {
    const counts = countsOf(state)
    const before = this.#countsTold
    if (before !== null && JSON.stringify(before) === JSON.stringify(counts)) return
    this.#countsTold = counts
    this.#send({ type: 'outbox.changed', counts })
    if (before?.conflicts !== counts.conflicts) this.#send({ type: 'conflicts.changed', counts })
  }

  /** Tells the charts what other tabs committed; many commits in a row become one reading. */
  #observe(): void {
    this.#isObservationDue = true
    if (this.#isObserving) return
    this.#isObserving = true
    const run = async () => {
      try {
        // Another tab may speak of a store that this one could not open yet.
        const store = await this.#open()
        while (this.#isObservationDue) {
          this.#isObservationDue = false
          this.#sendCounts(await store.state())
        }
      } catch (error) {
        this.#logger.error('the store could not be read', { error })
      } finally {
        this.#isObserving = false
      }
    }
    void run()
  }

  #record(event: InspectionEvent): void {
    if (event.type !== '@xstate.snapshot') return
    const { actorRef } = event
    if (!('id' in actorRef)) return
    // The outcome of a probe may be what a requested cycle waits for; asked once the step is over.
    if (actorRef.id === 'connectivity') queueMicrotask(() => this.#checkStandstill())
    if (actorRef.id !== 'lifecycle') return
    const to = pathOf((event.snapshot as LifecycleSnapshot).value)
    const from = this.#lifecyclePath
    if (to === from) return
    this.#lifecyclePath = to
    this.#events.emit('transition', { event: event.event.type, from, to, at: this.#clock.now() })
  }
}
