import type { ReactNode, Ref, RefObject } from 'react'
import { useId, useMemo, useRef } from 'react'
import type { Conflict } from '../../engine/types.ts'
import { useEntityType, useRootAttributes, useSettings } from '../context.ts'
import { useFormat } from '../hooks/useFormat.ts'
import { useNow } from '../hooks/useNow.ts'
import type { Resolver } from '../hooks/useResolver.ts'
import { useResolverFocus } from '../hooks/useResolverFocus.ts'
import { conflictView } from '../model/conflict-view.ts'
import { panelWords } from '../model/words.ts'
import type { DiffPart } from './diff-table.ts'
import type { ClassNames } from './parts.ts'
import { partsOf } from './parts.ts'
import { QuickActions } from './QuickActions.tsx'
import { ResolverFooter } from './ResolverFooter.tsx'
import { ResolverRows } from './ResolverRows.tsx'

export type ConflictResolverPart =
  | DiffPart
  | 'root'
  | 'header'
  | 'title'
  | 'meta'
  | 'quick-actions'
  | 'quick-action'
  | 'consequence'
  | 'notice'
  | 'auto-group'
  | 'unchanged-group'
  | 'footer'
  | 'later'
  | 'back'
  | 'apply'
  | 'resolved-panel'

export interface ResolverPanelProps {
  conflict: Conflict
  resolver: Resolver
  /** Without it there is no way to leave from here, and no button that says so. */
  onDismiss?: (() => void) | undefined
  now?: number | undefined
  headingLevel?: 1 | 2 | 3 | 4 | undefined
  classNames?: ClassNames<ConflictResolverPart> | undefined
  id?: string | undefined
  titleId?: string
  metaId?: string
  titleRef?: RefObject<HTMLHeadingElement | null>
  rootRef?: Ref<HTMLElement> | undefined
}

/** The screen of one decision: look, choose a side, see the result, apply. */
export const ResolverPanel = (props: ResolverPanelProps): ReactNode => {
  const { conflict, resolver, onDismiss } = props
  const { state } = resolver
  const settings = useSettings()
  const root = useRootAttributes()
  const type = useEntityType(conflict.operation.entityType)
  const format = useFormat()
  const { messages } = format
  const now = useNow(props.now)
  const part = partsOf(props.classNames)
  const ownTitleId = useId()
  const ownMetaId = useId()
  const titleId = props.titleId ?? ownTitleId
  const metaId = props.metaId ?? ownMetaId
  const ownTitle = useRef<HTMLHeadingElement | null>(null)
  const title = props.titleRef ?? ownTitle
  const panel = useRef<HTMLDivElement | null>(null)
  const view = useMemo(() => conflictView(conflict, type), [conflict, type])
  useResolverFocus(panel, title, state)

  const Heading = `h${props.headingLevel ?? 2}` as const
  const side = state.phase === 'choosing' || state.phase === 'resolved' ? null : state.side
  const words = panelWords(view, state, type, settings)
  const { serverModifiedAt } = conflict
  const notice =
    state.phase === 'choosing' && state.moved
      ? messages.changedAgain(serverModifiedAt === undefined ? undefined : format.time(serverModifiedAt, now))
      : words.notice

  return (
    <section
      ref={props.rootRef}
      id={props.id}
      {...root}
      {...part('root')}
      data-state={state.phase}
      data-kind={conflict.kind}
      aria-labelledby={titleId}
    >
      <div ref={panel} data-sc-part="panel">
        <header {...part('header')}>
          <Heading ref={title} id={titleId} tabIndex={-1} {...part('title')}>
            {words.title}
          </Heading>
          <p id={metaId} {...part('meta')}>
            {words.meta}
          </p>
        </header>
        {state.phase === 'choosing' && (
          <QuickActions words={words.actions} part={part} onChoose={resolver.choose} />
        )}
        <div role="status" {...part('notice')} data-tone={state.phase === 'applying' ? 'neutral' : 'warning'}>
          {notice}
        </div>
        {state.phase !== 'resolved' && <ResolverRows view={view} side={side} now={now} part={part} />}
        <ResolverFooter resolver={resolver} onDismiss={onDismiss} part={part} />
      </div>
    </section>
  )
}
