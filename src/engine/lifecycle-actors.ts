import { fromPromise } from 'xstate'
import type { Fault } from '../../machines/fault.ts'
import type { LifecycleActors } from '../../machines/lifecycle/lifecycle.types.ts'
import { SyncError } from '../protocol/errors.ts'
import type { DownloadAnswer, UploadAnswer } from '../protocol/messages.ts'
import type { SyncOperation } from '../protocol/operation.ts'
import type { Schema } from '../protocol/schema.ts'
import { triageConflicts } from '../stores/conflicts.ts'
import type { Batch } from '../stores/outbox.ts'
import { claimBatch } from '../stores/outbox.ts'
import type { PageAsked } from '../stores/pages.ts'
import { applyPage, startRun } from '../stores/pages.ts'
import type { Settled } from '../stores/settle.ts'
import { settleBatch } from '../stores/settle.ts'
import type { Store } from '../stores/store.ts'
import type { Calls } from './calls.ts'
import { asSyncError } from './classify.ts'

export interface LifecycleHost {
  store: Store
  calls: Calls
  schema: Schema
  batchSize: number
  pageSize: number
  /** What the chart is told about an error; remembers it for the status. */
  toFault(error: SyncError): Promise<Fault>
  onAnswer(): void
  onSettled(settled: Settled, operations: SyncOperation[]): void
}

interface Page {
  asked: PageAsked
  /** `null`: the server does not know the cursor, which is answered by a run from null. */
  answer: DownloadAnswer | null
}

/** What the lifecycle asks for, over the store and the transport. Answers stay here; the chart carries their numbers. */
export const createLifecycleActors = (host: LifecycleHost): LifecycleActors => {
  const batches = new Map<number, { batch: Batch; answer: UploadAnswer | null }>()
  const pages = new Map<number, Page>()
  let nextPage = 1

  const step = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (signal.aborted) throw error
      throw await host.toFault(asSyncError(error))
    }
  }

  const pull = async (signal: AbortSignal): Promise<Page> => {
    const { sync } = await host.store.state()
    const asked = { cursor: sync.cursor, count: sync.count }
    try {
      const body = {
        lastSync: sync.cursor,
        entityTypes: Object.keys(host.schema.types).sort(),
        limit: host.pageSize,
      }
      return { asked, answer: await host.calls.download(body, signal) }
    } catch (error) {
      if (error instanceof SyncError && error.code === 'INVALID_CURSOR' && asked.cursor !== null)
        return { asked, answer: null }
      throw error
    }
  }

  return {
    claimBatch: fromPromise(({ signal }) =>
      step(signal, () =>
        host.store.write('strict', async (unit) => {
          const batch = await claimBatch(unit, host.batchSize)
          if (batch === null) return { kind: 'nothing' as const, revision: unit.state.revision }
          batches.clear()
          batches.set(batch.batchId, { batch, answer: null })
          return { kind: 'claimed' as const, batchId: batch.batchId, count: batch.seqs.length }
        }),
      ),
    ),

    pushBatch: fromPromise(({ input, signal }) =>
      step(signal, async () => {
        const entry = batches.get(input.batchId)
        if (entry === undefined)
          throw new SyncError('UNKNOWN_OPERATION', `no batch ${input.batchId} was claimed`)
        const { clientId, operations } = entry.batch
        entry.answer = await host.calls.upload({ clientId, operations }, signal)
        host.onAnswer()
        return { batchId: input.batchId }
      }),
    ),

    settleBatch: fromPromise(({ input, signal }) =>
      step(signal, async () => {
        const entry = batches.get(input.batchId)
        const answer = entry?.answer
        if (entry === undefined || answer == null)
          throw new SyncError('UNKNOWN_OPERATION', `no answer of batch ${input.batchId} is known`)
        const mentioned = new Set(answer.results.map((result) => result.id))
        const answered = entry.batch.operations.filter((operation) => mentioned.has(operation.id))
        if (answered.length === 0)
          throw new SyncError('MALFORMED_ANSWER', 'the answer mentions nothing that was sent')
        const settled = await host.store.write('relaxed', (unit) =>
          settleBatch(unit, entry.batch.seqs, answer),
        )
        batches.delete(input.batchId)
        host.onSettled(settled, answered)
        return settled
      }),
    ),

    pullPage: fromPromise(({ signal }) =>
      step(signal, async () => {
        const page = await pull(signal)
        host.onAnswer()
        const pageId = nextPage++
        pages.clear()
        pages.set(pageId, page)
        return { pageId }
      }),
    ),

    applyPage: fromPromise(({ input, signal }) =>
      step(signal, async () => {
        const page = pages.get(input.pageId)
        if (page === undefined) throw new SyncError('MALFORMED_ANSWER', `no page ${input.pageId} is known`)
        pages.delete(input.pageId)
        const { asked, answer } = page
        return await host.store.write('relaxed', async (unit) => {
          const before = unit.state.openConflicts
          if (answer === null) {
            const isStale = unit.state.sync.count !== asked.count
            if (!isStale) startRun(unit)
            return { applied: 0, conflicts: 0, hasMore: true, stale: isStale }
          }
          const { applied, hasMore, isStale } = await applyPage(unit, asked, answer)
          if (!isStale) unit.state.retry = null
          return {
            applied,
            conflicts: Math.max(0, unit.state.openConflicts - before),
            hasMore,
            stale: isStale,
          }
        })
      }),
    ),

    triage: fromPromise(({ signal }) =>
      step(signal, () =>
        host.store.write('relaxed', async (unit) => {
          await triageConflicts(unit)
          return { open: (await unit.allConflicts()).filter((conflict) => conflict.status === 'open').length }
        }),
      ),
    ),

    probeAuth: fromPromise(({ signal }) =>
      step(signal, async () => {
        try {
          await host.calls.upload({ operations: [] }, signal)
          host.onAnswer()
          return { authed: true }
        } catch (error) {
          const { code } = asSyncError(error)
          const isRefused = code.startsWith('TOKEN_') || code === 'TENANT_FORBIDDEN' || code === 'FORBIDDEN'
          if (isRefused) return { authed: false }
          throw error
        }
      }),
    ),
  }
}
