import type { ConnectivityEvent, EngineEvent, LifecycleEvent } from '../../../machines/index.ts'

/** A list that leaves no event of the type out, or the compiler says so. */
const allOf =
  <Event extends { type: string }>() =>
  (events: Record<Event['type'], true>) =>
    Object.keys(events) as Event['type'][]

export const lifecycleEvents = allOf<LifecycleEvent>()({
  'outbox.changed': true,
  'conflicts.changed': true,
  'remote.changed': true,
  'sync.requested': true,
  'flush.requested': true,
  'sync.paused': true,
  'sync.resumed': true,
  'net.lost': true,
  'net.restored': true,
  'auth.expired': true,
  'auth.renewed': true,
  'quota.exceeded': true,
  'quota.freed': true,
})

export const connectivityEvents = allOf<ConnectivityEvent>()({
  'link.up': true,
  'link.down': true,
  'probe.requested': true,
  'request.failed': true,
  'request.succeeded': true,
})

export const engineEvents = allOf<EngineEvent>()({
  'outbox.changed': true,
  'conflicts.changed': true,
  'remote.changed': true,
  'sync.requested': true,
  'flush.requested': true,
  'sync.paused': true,
  'sync.resumed': true,
  'net.lost': true,
  'net.restored': true,
  'auth.expired': true,
  'auth.renewed': true,
  'quota.exceeded': true,
  'quota.freed': true,
  'probe.requested': true,
  'request.failed': true,
  'request.succeeded': true,
  'engine.stop': true,
  'engine.restarted': true,
})
