import type { ReactNode } from 'react'
import { useId } from 'react'
import type { JsonObject, PendingOperation } from '../../src/index.ts'
import { SyncError } from '../../src/index.ts'
import { useEngine, usePendingOperations, useSyncStatus } from '../../src/react/index.ts'
import { Icon } from './Icon.tsx'
import type { ShownType } from './kinds.ts'
import { inSentence, kinds, titleOf } from './kinds.ts'
import type { Practice } from './records.ts'
import { shortId } from './tags.tsx'

const verbs = {
  create: { word: 'New', icon: 'plus' },
  update: { word: 'Change', icon: 'pencil' },
  delete: { word: 'Delete', icon: 'bin' },
} as const

const states: Record<PendingOperation['state'], { label: string; icon: string }> = {
  unsent: { label: 'Waiting', icon: 'clock' },
  sent: { label: 'Sent, no answer yet', icon: 'up' },
  conflict: { label: 'Waits for a decision', icon: 'alert' },
  rejected: { label: 'Not accepted', icon: 'stop' },
}

const isShown = (type: string): type is ShownType => Object.hasOwn(kinds, type)

const nameOf = (pending: PendingOperation, practice: Practice, label: string): string => {
  const { entityType, entityId, data } = pending.operation
  const shown: JsonObject | undefined = practice.find(entityType, entityId)?.data ?? data
  return isShown(entityType) && shown !== undefined ? titleOf(entityType, shown, label) : shortId(entityId)
}

const Row = ({ pending, practice }: { pending: PendingOperation; practice: Practice }) => {
  const engine = useEngine()
  const { operation, state, error } = pending
  const type = engine.schema.types[operation.entityType]
  const label = type?.label ?? operation.entityType
  const name = nameOf(pending, practice, label)
  const verb = verbs[operation.type]
  const fields = Object.keys(operation.data ?? {}).map((field) => type?.fields[field]?.label ?? field)
  const act = (work: Promise<void>) => {
    work.catch((failure: unknown) => {
      // It was sent between the look and the press: the list shows that a moment later.
      if (!(failure instanceof SyncError)) throw failure
    })
  }
  return (
    <li
      className="pending"
      data-state={state}
      data-operation={operation.type}
      data-operation-id={operation.id}
    >
      <span className="pending-icon">
        <Icon name={verb.icon} />
      </span>
      <span className="pending-what">
        <span className="pending-name">
          {verb.word} {inSentence(label)} <bdi dir="auto">{name}</bdi>
        </span>
        {operation.type === 'update' && fields.length > 0 && (
          <span className="pending-fields">{fields.join(', ')}</span>
        )}
        <span className="pending-state">
          <Icon name={states[state].icon} />
          {operation.conflictId === undefined
            ? states[state].label
            : `Decision, ${states[state].label.toLowerCase()}`}
        </span>
        {error !== undefined && <span className="pending-reason">{error.message}</span>}
      </span>
      <span className="pending-actions">
        {state === 'rejected' && (
          <button
            type="button"
            className="small-button"
            onClick={() => act(engine.operations.retry(pending.seq))}
          >
            Send again<span className="sr-only"> {name}</span>
          </button>
        )}
        {(state === 'rejected' || state === 'unsent') && operation.conflictId === undefined && (
          <button
            type="button"
            className="small-button icon-only"
            aria-label={`Give up: ${verb.word.toLowerCase()} ${inSentence(label)} ${name}`}
            onClick={() => act(engine.operations.discard(pending.seq))}
          >
            <Icon name="undo" />
          </button>
        )}
      </span>
    </li>
  )
}

/** The outbox: what has no effect on the server yet, and why. */
export const PendingChanges = ({ practice, title }: { practice: Practice; title: string }): ReactNode => {
  const operations = usePendingOperations()
  const { tags } = useSyncStatus()
  const id = useId()
  const count = operations?.length ?? 0
  return (
    <section className="pending-part" aria-labelledby={id}>
      <header className="part-head">
        <h3 id={id}>
          Pending changes <span className="sr-only">of {title}</span>
          <span className="count">{count}</span>
        </h3>
      </header>
      {count === 0 ? (
        <p className="empty">
          {tags.includes('offline')
            ? 'Nothing is waiting. What you change now will.'
            : 'Nothing is waiting to be sent.'}
        </p>
      ) : (
        <ol className="pending-list">
          {operations?.map((pending) => (
            <Row key={pending.seq} pending={pending} practice={practice} />
          ))}
        </ol>
      )}
    </section>
  )
}
