import type { ReactNode } from 'react'
import { forwardRef, useId, useMemo, useRef, useState } from 'react'
import type { Conflict } from '../../engine/types.ts'
import { humanise } from '../../protocol/schema.ts'
import { useMessages, useRootAttributes, useSettings } from '../context.ts'
import { useLatest } from '../hooks/useLatest.ts'
import { useNow } from '../hooks/useNow.ts'
import { RETURN_SCOPE, RETURN_TARGET } from '../hooks/useReturnFocus.ts'
import { useRovingRows } from '../hooks/useRovingRows.ts'
import type { MessagesOverride } from '../messages.ts'
import type { ListSort } from '../model/list.ts'
import { arrange, pageOf, typesOf } from '../model/list.ts'
import type { BulkPart, OnBulkResolve } from './BulkBar.tsx'
import { BulkBar } from './BulkBar.tsx'
import { ConflictRow } from './ConflictRow.tsx'
import { Icon } from './Icon.tsx'
import type { ClassNames } from './parts.ts'
import { partsOf } from './parts.ts'
import { Scope } from './Scope.tsx'

export type ConflictListPart =
  | BulkPart
  | 'list-root'
  | 'list-header'
  | 'list-title'
  | 'filters'
  | 'list'
  | 'row'
  | 'row-button'
  | 'badge'
  | 'empty'
  | 'pagination'

export interface ConflictListProps {
  /** `undefined` while they are read (`useConflicts()` before its first answer). */
  conflicts: readonly Conflict[] | undefined
  onResolveConflict: (conflictId: number) => void
  /** Gets the ids the person saw and confirmed: those of the page or of all that are listed, deletions left out. */
  onBulkResolve: OnBulkResolve
  pageSize?: number
  defaultFilter?: string | null
  defaultSort?: ListSort
  /** ms; the provider's clock by default. */
  now?: number
  headingLevel?: 1 | 2 | 3 | 4
  classNames?: ClassNames<ConflictListPart>
  messages?: MessagesOverride
  id?: string
}

const List = forwardRef<HTMLElement, Omit<ConflictListProps, 'messages'>>(
  function List(props, ref): ReactNode {
    const { conflicts, pageSize = 50 } = props
    const messages = useMessages()
    const { schema } = useSettings()
    const root = useRootAttributes()
    const { classNames } = props
    const part = useMemo(() => partsOf(classNames), [classNames])
    const open = useLatest(props.onResolveConflict)
    const now = useNow(props.now)
    const id = useId()
    const heading = useRef<HTMLHeadingElement | null>(null)
    const list = useRef<HTMLUListElement | null>(null)
    const [chosenFilter, setFilter] = useState(props.defaultFilter ?? null)
    const [sort, setSort] = useState<ListSort>(props.defaultSort ?? 'newest')
    const [pageNumber, setPage] = useState(1)
    const [running, setRunning] = useState<readonly number[]>([])

    const types = useMemo(() => typesOf(conflicts ?? []), [conflicts])
    const filter = chosenFilter
    const listed = useMemo(() => arrange(conflicts ?? [], filter, sort), [conflicts, filter, sort])
    const page = pageOf(listed, pageNumber, pageSize)
    const ids = page.items.map((conflict) => conflict.id)
    const roving = useRovingRows(ids, list, heading)
    const Heading = `h${props.headingLevel ?? 2}` as const
    const total = conflicts?.length ?? 0
    const state =
      conflicts === undefined
        ? 'loading'
        : total === 0
          ? 'empty'
          : listed.length === 0
            ? 'empty-filtered'
            : 'ready'
    const filterTypes = filter === null || types.includes(filter) ? types : [...types, filter]
    const clearFilter = () => {
      setFilter(null)
      setPage(1)
      heading.current?.focus()
    }

    return (
      <section
        ref={ref}
        id={props.id}
        {...root}
        {...part('list-root')}
        data-state={state}
        aria-labelledby={`${id}-title`}
        onFocus={roving.onFocus}
        onBlur={roving.onBlur}
        {...{ [RETURN_SCOPE]: '' }}
      >
        <div data-sc-part="list-panel">
          <header {...part('list-header')}>
            <Heading
              ref={heading}
              id={`${id}-title`}
              tabIndex={-1}
              {...part('list-title')}
              {...(roving.activeId === null ? { [RETURN_TARGET]: '' } : {})}
            >
              {messages.list.title(total)}
            </Heading>
            {total > 0 && (
              <div {...part('filters')}>
                <label data-sc-part="control" htmlFor={`${id}-type`}>
                  <span>{messages.list.type}</span>
                  <select
                    id={`${id}-type`}
                    value={filter ?? ''}
                    onChange={(event) => {
                      setFilter(event.target.value === '' ? null : event.target.value)
                      setPage(1)
                    }}
                  >
                    <option value="">{messages.list.allTypes}</option>
                    {filterTypes.map((name) => (
                      <option key={name} value={name}>
                        {schema?.types[name]?.label ?? humanise(name)}
                      </option>
                    ))}
                  </select>
                </label>
                <label data-sc-part="control" htmlFor={`${id}-sort`}>
                  <span>{messages.list.sort}</span>
                  <select
                    id={`${id}-sort`}
                    value={sort}
                    onChange={(event) => setSort(event.target.value === 'oldest' ? 'oldest' : 'newest')}
                  >
                    <option value="newest">{messages.list.newest}</option>
                    <option value="oldest">{messages.list.oldest}</option>
                  </select>
                </label>
              </div>
            )}
          </header>
          {state === 'loading' && <p {...part('empty')}>{messages.list.loading}</p>}
          {state === 'empty' && (
            <p {...part('empty')}>
              <Icon name="check" />
              {messages.list.empty}
            </p>
          )}
          {state === 'empty-filtered' && (
            <p {...part('empty')}>
              {messages.list.emptyFiltered}
              <button type="button" data-sc-part="button" data-variant="quiet" onClick={clearFilter}>
                {messages.list.clearFilters}
              </button>
            </p>
          )}
          {total > 0 && (
            <BulkBar
              pageItems={page.items}
              allItems={listed}
              heading={heading}
              part={part}
              onBulkResolve={props.onBulkResolve}
              onRunning={setRunning}
            />
          )}
          {state === 'ready' && (
            <>
              <ul ref={list} {...part('list')} onKeyDown={roving.onKeyDown} aria-labelledby={`${id}-title`}>
                {page.items.map((conflict) => (
                  <ConflictRow
                    key={conflict.id}
                    conflict={conflict}
                    isActive={conflict.id === roving.activeId}
                    isResolving={running.includes(conflict.id)}
                    now={now}
                    part={part}
                    onOpen={open}
                  />
                ))}
              </ul>
              <nav {...part('pagination')} aria-label={messages.list.pages}>
                <span>{messages.list.range(page.from, page.to, listed.length)}</span>
                {page.pages > 1 && (
                  <span data-sc-part="pager">
                    <PageButton
                      label={messages.list.previousPage}
                      isAtEnd={page.page === 1}
                      direction="back"
                      onPress={() => setPage(page.page - 1)}
                    />
                    <span>{messages.list.page(page.page, page.pages)}</span>
                    <PageButton
                      label={messages.list.nextPage}
                      isAtEnd={page.page === page.pages}
                      direction="forward"
                      onPress={() => setPage(page.page + 1)}
                    />
                  </span>
                )}
              </nav>
            </>
          )}
        </div>
      </section>
    )
  },
)

interface PageButtonProps {
  label: string
  isAtEnd: boolean
  direction: 'back' | 'forward'
  onPress(): void
}

/** Stays focusable at the end: a button that vanishes under the finger takes the focus with it. */
const PageButton = ({ label, isAtEnd, direction, onPress }: PageButtonProps) => (
  <button
    type="button"
    data-sc-part="page-button"
    data-direction={direction}
    aria-label={label}
    aria-disabled={isAtEnd || undefined}
    onClick={() => {
      if (!isAtEnd) onPress()
    }}
  >
    <Icon name="chevron" />
  </button>
)

/** All conflicts of this device, filtered, sorted, in pages, with decisions about many at once. */
export const ConflictList = forwardRef<HTMLElement, ConflictListProps>(function ConflictList(
  { messages, ...props },
  ref,
) {
  return (
    <Scope messages={messages}>
      <List {...props} ref={ref} />
    </Scope>
  )
})
