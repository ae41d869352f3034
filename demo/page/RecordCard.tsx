import type { ReactNode } from 'react'
import { useState } from 'react'
import type { EntityId, JsonObject } from '../../src/index.ts'
import { SyncError } from '../../src/index.ts'
import { useEngine } from '../../src/react/index.ts'
import { Icon } from './Icon.tsx'
import type { Shown, ShownType } from './kinds.ts'
import { inSentence, kinds, showValue, titleOf } from './kinds.ts'
import { RecordForm } from './RecordForm.tsx'
import type { Practice } from './records.ts'
import { useType } from './records.ts'
import { IdTag, ReferenceTag, StatusChip } from './tags.tsx'

export interface RecordCardProps {
  type: ShownType
  record: Shown
  practice: Practice
}

type Open = 'nothing' | 'edit' | 'add'

const Details = ({ type, data }: { type: ShownType; data: JsonObject }) => {
  const { details, isProse } = kinds[type]
  const rule = useType(type)
  const filled = details.flatMap((field) => {
    const text = showValue(field, data[field])
    return text === '' ? [] : [{ field, text }]
  })
  if (filled.length === 0) return null
  return (
    <dl className="details" data-prose={isProse ? '' : undefined}>
      {filled.map(({ field, text }) => (
        <div key={field} data-field={field}>
          <dt>{rule.fields[field]?.label ?? field}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}

/** A record with what hangs under it. */
export const RecordCard = ({ type, record, practice }: RecordCardProps): ReactNode => {
  const engine = useEngine()
  const kind = kinds[type]
  const rule = useType(type)
  const childRule = useType(kind.child ?? type)
  const [open, setOpen] = useState<Open>('nothing')
  const [problem, setProblem] = useState('')
  const title = titleOf(type, record.data, rule.label)
  const children = kind.child === null ? [] : practice.childrenOf(kind.child, record)
  const reference = kind.parent === null ? undefined : record.data[kind.parent.field]

  const toggle = (what: Open) => {
    setProblem('')
    setOpen(open === what ? 'nothing' : what)
  }

  const remove = async () => {
    try {
      setProblem('')
      await engine.entities.delete(type, record.id)
    } catch (error) {
      const isParent = error instanceof SyncError && error.code === 'HAS_CHILDREN'
      setProblem(
        isParent
          ? 'Other records belong to it: delete those first.'
          : 'It could not be deleted on this device.',
      )
    }
  }

  return (
    <li
      className="record"
      data-record={type}
      data-id={String(record.id)}
      data-key={record.key}
      data-title={title}
      data-status={record.status}
    >
      <div className="record-body">
        <div className="record-head">
          <span className="record-icon">
            <Icon name={kind.icon} />
          </span>
          <span className="record-title">
            <span className="record-type">{rule.label}</span>
            <bdi className="record-name" dir="auto">
              {title}
            </bdi>
          </span>
          <StatusChip status={record.status} />
        </div>
        <Details type={type} data={record.data} />
        <div className="record-foot">
          <span className="record-ids">
            <IdTag id={record.id} />
            {kind.parent !== null && (typeof reference === 'string' || typeof reference === 'number') && (
              <ReferenceTag field={kind.parent.field} id={reference} />
            )}
          </span>
          <span className="record-actions">
            {kind.child !== null && (
              <button
                type="button"
                className="small-button"
                onClick={() => toggle('add')}
                aria-expanded={open === 'add'}
              >
                <Icon name="plus" />
                {childRule.label}
                <span className="sr-only"> for {title}</span>
              </button>
            )}
            <button
              type="button"
              className="small-button icon-only"
              onClick={() => toggle('edit')}
              aria-expanded={open === 'edit'}
              aria-label={`Edit ${inSentence(rule.label)} ${title}`}
            >
              <Icon name="pencil" />
            </button>
            <button
              type="button"
              className="small-button icon-only"
              onClick={() => void remove()}
              aria-label={`Delete ${inSentence(rule.label)} ${title}`}
            >
              <Icon name="bin" />
            </button>
          </span>
        </div>
        {problem !== '' && (
          <p className="form-problem" role="alert">
            {problem}
          </p>
        )}
        {open === 'edit' && (
          <RecordForm
            label={`Edit ${title}`}
            type={rule}
            fields={kind.fields}
            values={record.data}
            onSave={async (changes) => {
              await engine.entities.update(type, record.id, changes)
            }}
            onClose={() => setOpen('nothing')}
          />
        )}
        {open === 'add' && kind.child !== null && (
          <AddChild
            parent={type}
            child={kind.child}
            parentId={record.id}
            title={title}
            onClose={() => setOpen('nothing')}
          />
        )}
      </div>
      {children.length > 0 && kind.child !== null && (
        <ul className="record-children">
          {children.map((child) => (
            <RecordCard key={child.key} type={kind.child as ShownType} record={child} practice={practice} />
          ))}
        </ul>
      )}
    </li>
  )
}

interface AddChildProps {
  parent: ShownType
  child: ShownType
  parentId: EntityId
  title: string
  onClose(): void
}

const AddChild = ({ child, parentId, title, onClose }: AddChildProps) => {
  const engine = useEngine()
  const rule = useType(child)
  const field = kinds[child].parent?.field
  return (
    <RecordForm
      label={`Add ${inSentence(rule.label)} for ${title}`}
      type={rule}
      fields={kinds[child].fields}
      onSave={async (values) => {
        // The id may have become a server id since the form was opened: the engine knows both.
        await engine.entities.create(child, field === undefined ? values : { ...values, [field]: parentId })
      }}
      onClose={onClose}
    />
  )
}
