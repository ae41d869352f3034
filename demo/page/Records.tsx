import type { ReactNode } from 'react'
import { useId, useState } from 'react'
import { useEngine } from '../../src/react/index.ts'
import { Icon } from './Icon.tsx'
import { kinds } from './kinds.ts'
import { RecordCard } from './RecordCard.tsx'
import { RecordForm } from './RecordForm.tsx'
import type { Practice } from './records.ts'
import { useType } from './records.ts'

/** What this device shows, as a tree of clients with what belongs to them. */
export const Records = ({ practice, title }: { practice: Practice; title: string }): ReactNode => {
  const engine = useEngine()
  const rule = useType('client')
  const id = useId()
  const [isAdding, setAdding] = useState(false)
  return (
    <section className="records" aria-labelledby={id}>
      <header className="part-head">
        <h3 id={id}>
          Records <span className="sr-only">on {title}</span>
        </h3>
        <button
          type="button"
          className="small-button"
          onClick={() => setAdding(!isAdding)}
          aria-expanded={isAdding}
        >
          <Icon name="plus" />
          {rule.label}
        </button>
      </header>
      {isAdding && (
        <div className="add-client">
          <RecordForm
            label="Add client"
            type={rule}
            fields={kinds.client.fields}
            onSave={async (values) => {
              await engine.entities.create('client', values)
            }}
            onClose={() => setAdding(false)}
          />
        </div>
      )}
      {practice.isLoaded && practice.clients.length === 0 && practice.strays.length === 0 && (
        <p className="empty">No clients yet. Add one, or play the story.</p>
      )}
      <ul className="record-list" data-testid="records">
        {practice.clients.map((client) => (
          <RecordCard key={client.key} type="client" record={client} practice={practice} />
        ))}
        {practice.strays.map((record) => (
          <RecordCard
            key={record.key}
            type={record.entityType as 'pet' | 'appointment' | 'soapNote'}
            record={record}
            practice={practice}
          />
        ))}
      </ul>
    </section>
  )
}
