import type { FormEvent, ReactNode } from 'react'
import { useEffect, useId, useRef, useState } from 'react'
import type { EntityType, JsonObject, JsonValue } from '../../src/index.ts'
import { SyncError } from '../../src/index.ts'

type FieldRule = EntityType['fields'][string]

const pad = (part: number) => String(part).padStart(2, '0')

/** What `datetime-local` speaks: the device's own time, without a zone. */
const toLocalInput = (value: string): string => {
  const date = new Date(value)
  if (Number.isNaN(date.getTime())) return ''
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
  return `${day}T${pad(date.getHours())}:${pad(date.getMinutes())}`
}

const toInput = (rule: FieldRule, value: JsonValue | undefined): string => {
  if (value === undefined || value === null) return ''
  return rule.type === 'datetime' && typeof value === 'string' ? toLocalInput(value) : String(value)
}

const toValue = (rule: FieldRule, text: string): JsonValue => {
  const trimmed = text.trim()
  if (trimmed === '') return null
  if (rule.type === 'number') return Number(trimmed.replace(',', '.'))
  return rule.type === 'datetime' ? new Date(trimmed).toISOString() : trimmed
}

const Field = (props: { id: string; name: string; rule: FieldRule; value: JsonValue | undefined }) => {
  const { id, name, rule } = props
  const common = {
    id,
    name,
    defaultValue: toInput(rule, props.value),
    required: rule.required,
    autoComplete: 'off',
  }
  return (
    <p className="field" data-wide={rule.type === 'longtext' ? '' : undefined}>
      <label htmlFor={id}>
        {rule.label}
        {rule.required && <span className="required"> (required)</span>}
      </label>
      {rule.type === 'longtext' ? (
        <textarea {...common} rows={2} />
      ) : rule.type === 'enum' ? (
        <select {...common}>
          <option value="" />
          {rule.values?.map((value) => (
            <option key={value}>{value}</option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          type={rule.type === 'datetime' ? 'datetime-local' : 'text'}
          inputMode={rule.type === 'number' ? 'decimal' : undefined}
          pattern={rule.type === 'number' ? '[0-9]+([.,][0-9]+)?' : undefined}
          title={rule.type === 'number' ? 'A number' : undefined}
        />
      )}
    </p>
  )
}

export interface RecordFormProps {
  label: string
  type: EntityType
  fields: readonly string[]
  values?: JsonObject
  /** Resolves when the change is durable on this device; only then does the form go. */
  onSave(changes: JsonObject): Promise<void>
  onClose(): void
}

/** Adds a record or edits one. An edit carries what was changed and nothing else. */
export const RecordForm = ({ label, type, fields, values, onSave, onClose }: RecordFormProps): ReactNode => {
  const id = useId()
  const form = useRef<HTMLFormElement | null>(null)
  const [problem, setProblem] = useState('')
  const rules = fields.flatMap((name) => {
    const rule = type.fields[name]
    return rule === undefined ? [] : [{ name, rule }]
  })

  useEffect(() => {
    const opener = document.activeElement
    form.current?.querySelector<HTMLElement>('input, textarea, select')?.focus()
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus()
    }
  }, [])

  const save = async (element: HTMLFormElement) => {
    const entered = new FormData(element)
    const changes: JsonObject = {}
    for (const { name, rule } of rules) {
      const value = toValue(rule, String(entered.get(name) ?? ''))
      const before = values?.[name] ?? null
      // A date shown to the minute must not lose its seconds by being looked at.
      if (toInput(rule, value) !== toInput(rule, before)) changes[name] = value
    }
    try {
      if (values === undefined || Object.keys(changes).length > 0) await onSave(changes)
      onClose()
    } catch (error) {
      setProblem(error instanceof SyncError ? error.message : 'This could not be saved on this device.')
    }
  }

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    void save(event.currentTarget)
  }

  return (
    <form
      ref={form}
      className="record-form"
      aria-label={label}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <div className="fields">
        {rules.map(({ name, rule }) => (
          <Field key={name} id={`${id}-${name}`} name={name} rule={rule} value={values?.[name]} />
        ))}
      </div>
      <p className="form-problem" role="alert">
        {problem}
      </p>
      <p className="form-actions">
        <button type="button" className="button quiet" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" className="button primary">
          Save on this device
        </button>
      </p>
    </form>
  )
}
