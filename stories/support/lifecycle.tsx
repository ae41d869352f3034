import { useSelector } from '@xstate/react'
import { useMemo } from 'react'
import { type AnyStateMachine, createActor, type SnapshotFrom } from 'xstate'
import type { LifecycleState, LifecycleTag, SyncStatusSnapshot } from '../../src/index.ts'
import {
  type LifecycleStateName,
  lifecycleChart,
  lifecycleContextFor,
  lifecycleValueOf,
} from '../../src/machines.ts'
import { LifecycleView, SyncProgress, SyncStatus } from '../../src/react/index.ts'
import { clock, NOW, statusOf } from '../fixtures.ts'

export type ShownState = LifecycleStateName | 'deciding'

/** An actor that stands still in one state: no entry action, no invoked actor and no timer of that state runs. */
export const frozenLifecycle = (state: ShownState) => {
  // A choice point nobody rests in has no facts of its own: it is shown with those of the state it would choose.
  const context = lifecycleContextFor(state === 'deciding' ? 'idle' : state, { now: clock.now })
  const value = state === 'deciding' ? 'deciding' : lifecycleValueOf(state)
  const snapshot = lifecycleChart.resolveState({ value: value as 'idle', context })
  return createActor(lifecycleChart as AnyStateMachine, { snapshot }).start()
}

type Snapshot = SnapshotFrom<typeof lifecycleChart>

const topOf = ({ value }: Snapshot): LifecycleState =>
  (typeof value === 'string' ? value : Object.keys(value)[0]) as LifecycleState

const statusIn = (snapshot: Snapshot): SyncStatusSnapshot => {
  const { context } = snapshot
  const { counts, fault } = context
  const state = topOf(snapshot)
  const total = counts.unsent + counts.sent
  return statusOf({
    state,
    tags: [...snapshot.tags] as LifecycleTag[],
    online: context.online,
    pending: total,
    sending: counts.sent,
    conflicts: counts.conflicts,
    rejected: counts.rejected,
    retryAt: context.retryAt,
    lastError:
      fault?.kind === 'fatal'
        ? { code: 'PROTOCOL_UNSUPPORTED', message: 'protocol 2 is not spoken here' }
        : null,
    progress:
      state === 'uploading'
        ? { phase: 'upload', done: 0, total }
        : { phase: state === 'downloading' ? 'download' : 'idle', done: 0, total: 0 },
  })
}

/** The chart in one state, and what the status components make of it. */
export const LifecycleAt = ({ state }: { state: ShownState }) => {
  const actor = useMemo(() => frozenLifecycle(state), [state])
  const snapshot = useSelector(actor, (present) => present as Snapshot)
  const status = statusIn(snapshot)
  return (
    <div style={{ display: 'grid', gap: 20 }}>
      <LifecycleView state={status.state} />
      <SyncStatus status={status} now={NOW} />
      <SyncProgress status={status} />
    </div>
  )
}
