import type { ReactNode, RefObject } from 'react'
import { useId, useLayoutEffect, useRef, useState } from 'react'
import type { Conflict, ConflictStrategy } from '../../engine/types.ts'
import { humanise } from '../../protocol/schema.ts'
import { useMessages, useSettings } from '../context.ts'
import { strategyOf } from '../model/conflict-view.ts'
import type { BulkPlan } from '../model/list.ts'
import { bulkPlan } from '../model/list.ts'
import type { Side } from '../model/rows.ts'
import { reasonOf } from '../model/words.ts'
import { Icon } from './Icon.tsx'
import type { PartGetter } from './parts.ts'

export type BulkPart = 'bulk' | 'bulk-action' | 'bulk-preview' | 'bulk-notice'

export type OnBulkResolve = (strategy: ConflictStrategy, conflictIds: number[]) => Promise<void>

export interface BulkBarProps {
  pageItems: readonly Conflict[]
  allItems: readonly Conflict[]
  heading: RefObject<HTMLElement | null>
  part: PartGetter<BulkPart>
  onBulkResolve: OnBulkResolve
  /** Ids on their way, so that their rows can say so. */
  onRunning(ids: readonly number[]): void
}

type BulkState =
  | { phase: 'idle'; last: Side | null; done: number | null }
  | { phase: 'previewing' | 'running'; plan: BulkPlan }
  | { phase: 'failed'; plan: BulkPlan; error: unknown }

/** One decision for many records, looked at before it is made. */
export const BulkBar = (props: BulkBarProps): ReactNode => {
  const { pageItems, allItems, part } = props
  const messages = useMessages()
  const [scope, setScope] = useState<'page' | 'all'>('page')
  const [state, setState] = useState<BulkState>({ phase: 'idle', last: null, done: null })
  const bar = useRef<HTMLDivElement | null>(null)
  const isSaving = useRef(false)
  const scopeId = useId()
  const items = scope === 'page' ? pageItems : allItems

  const phase = state.phase
  const last = state.phase === 'idle' ? state.last : null
  const isDone = state.phase === 'idle' && state.done !== null
  useLayoutEffect(() => {
    if (phase === 'previewing') bar.current?.querySelector<HTMLElement>('[data-focus="bulk-apply"]')?.focus()
    if (phase !== 'idle' || last === null) return
    const opener = isDone ? null : bar.current?.querySelector<HTMLElement>(`[data-focus="bulk-${last}"]`)
    ;(opener ?? props.heading.current)?.focus()
  }, [phase, last, isDone, props.heading])

  const run = async (plan: BulkPlan) => {
    if (isSaving.current) return
    isSaving.current = true
    setState({ phase: 'running', plan })
    // What somebody else decided meanwhile, or what went well before a failure, is not decided again.
    const isOpen = new Set(allItems.filter(({ status }) => status === 'open').map(({ id }) => id))
    const ids = plan.ids.filter((id) => isOpen.has(id))
    props.onRunning(ids)
    try {
      if (ids.length > 0) await props.onBulkResolve(strategyOf(plan.side), ids)
      setState({ phase: 'idle', last: plan.side, done: plan.ids.length })
    } catch (error) {
      setState({ phase: 'failed', plan, error })
    } finally {
      isSaving.current = false
      props.onRunning([])
    }
  }

  const notice =
    state.phase === 'running'
      ? messages.applying
      : state.phase === 'failed'
        ? messages.applyFailed(reasonOf(state.error, messages))
        : state.phase === 'idle' && state.done !== null
          ? messages.list.bulkDone(state.done)
          : ''

  return (
    <div ref={bar} {...part('bulk')} data-state={state.phase}>
      {state.phase === 'idle' ? (
        <fieldset data-sc-part="bulk-actions">
          <legend data-sc-part="hidden">{messages.list.bulk}</legend>
          {allItems.length > pageItems.length && (
            <label data-sc-part="control" htmlFor={scopeId}>
              <span>{messages.list.scope}</span>
              <select
                id={scopeId}
                value={scope}
                onChange={(event) => setScope(event.target.value === 'all' ? 'all' : 'page')}
              >
                <option value="page">{messages.list.scopePage(pageItems.length)}</option>
                <option value="all">{messages.list.scopeAll(allItems.length)}</option>
              </select>
            </label>
          )}
          {(['local', 'server'] as const).map((side) => (
            <button
              key={side}
              type="button"
              {...part('bulk-action')}
              data-variant="quiet"
              data-focus={`bulk-${side}`}
              onClick={() => setState({ phase: 'previewing', plan: bulkPlan(items, side) })}
            >
              <Icon name={side === 'local' ? 'device' : 'server'} />
              {side === 'local' ? messages.list.keepLocalMany : messages.list.takeServerMany}
            </button>
          ))}
        </fieldset>
      ) : (
        <Preview
          plan={state.plan}
          isRunning={state.phase === 'running'}
          isFailed={state.phase === 'failed'}
          part={part}
          onApply={() => void run(state.plan)}
          onBack={() => {
            if (!isSaving.current) setState({ phase: 'idle', last: state.plan.side, done: null })
          }}
        />
      )}
      <div
        role="status"
        {...part('bulk-notice')}
        data-tone={state.phase === 'failed' ? 'warning' : 'neutral'}
      >
        {notice}
      </div>
    </div>
  )
}

interface PreviewProps {
  plan: BulkPlan
  isRunning: boolean
  isFailed: boolean
  part: PartGetter<BulkPart>
  onApply(): void
  onBack(): void
}

const Preview = ({ plan, isRunning, isFailed, part, onApply, onBack }: PreviewProps) => {
  const messages = useMessages()
  const { schema } = useSettings()
  const titleId = useId()
  const { type } = strategyOf(plan.side)
  const words = type === 'client-wins' ? 'client-wins' : 'server-wins'
  const count = plan.ids.length
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend, and the heading names it already
    <div
      role="group"
      aria-labelledby={titleId}
      {...part('bulk-preview')}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onBack()
      }}
    >
      <p data-sc-part="bulk-title" id={titleId}>
        {messages.list.bulkTitle[words](count)}
      </p>
      <p data-sc-part="consequence">
        {count === 0 ? messages.list.bulkNone : messages.list.bulkHint[words](plan.values)}
      </p>
      {plan.perType.length > 0 && (
        <ul data-sc-part="bulk-types">
          {plan.perType.map(([name, many]) => (
            <li key={name}>
              {messages.list.bulkPerType(
                many,
                many === 1
                  ? (schema?.types[name]?.label ?? humanise(name))
                  : (schema?.types[name]?.plural ?? humanise(name)),
              )}
            </li>
          ))}
        </ul>
      )}
      {plan.excluded > 0 && <p data-sc-part="bulk-excluded">{messages.list.bulkExcluded(plan.excluded)}</p>}
      <div data-sc-part="bulk-buttons">
        <button
          type="button"
          data-sc-part="back"
          data-variant="quiet"
          aria-disabled={isRunning || undefined}
          data-focus={count === 0 ? 'bulk-apply' : undefined}
          onClick={onBack}
        >
          {messages.back}
        </button>
        {count > 0 && (
          <button
            type="button"
            data-sc-part="apply"
            data-variant="primary"
            data-focus="bulk-apply"
            aria-disabled={isRunning || undefined}
            onClick={onApply}
          >
            {isRunning ? messages.applying : isFailed ? messages.tryAgain : messages.list.bulkApply(count)}
          </button>
        )}
      </div>
    </div>
  )
}
