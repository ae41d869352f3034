import { useActorRef, useSelector } from '@xstate/react'
import { fromPromise } from 'xstate'
import {
  type ApplyOutput,
  type ClaimOutput,
  createLifecycleMachine,
  defaultTiming,
  noCounts,
} from '../../../src/machines.ts'

const machine = createLifecycleMachine({
  claimBatch: fromPromise<ClaimOutput, Record<string, never>>(async () => ({ kind: 'nothing', revision: 0 })),
  pushBatch: fromPromise(async ({ input }) => ({ batchId: input.batchId })),
  settleBatch: fromPromise(async () => ({ applied: 0, conflicts: 0, rejected: 0 })),
  pullPage: fromPromise(async () => ({ pageId: 1 })),
  applyPage: fromPromise<ApplyOutput, { pageId: number }>(async () => ({
    applied: 0,
    conflicts: 0,
    hasMore: false,
    stale: false,
  })),
  triage: fromPromise(async () => ({ open: 0 })),
  probeAuth: fromPromise<{ authed: boolean }, Record<string, never>>(async () => ({ authed: true })),
})

export const OwnLifecycle = () => {
  const actor = useActorRef(machine, {
    input: {
      counts: noCounts,
      online: true,
      authed: true,
      pausedByUser: false,
      retryAt: null,
      retryForced: false,
      now: () => Date.now(),
      timing: defaultTiming,
    },
  })
  const state = useSelector(actor, (snapshot) => String(snapshot.value))
  return <output>{state}</output>
}
