import type { ReactNode } from 'react'
import type { JsonValue } from '../../protocol/json.ts'
import type { FieldType } from '../../protocol/schema.ts'
import { useFormat } from '../hooks/useFormat.ts'
import { isEmpty } from '../model/format.ts'

export interface ValueProps {
  value: JsonValue | undefined
  type: FieldType | undefined
  /** The whole record is gone on this side: there is no value to be empty. */
  isDeleted?: boolean
}

/** One value as people read it, in its own direction of writing. */
export const Value = ({ value, type, isDeleted = false }: ValueProps): ReactNode => {
  const format = useFormat()
  if (isDeleted) return <span data-sc-part="no-value">{format.messages.deleted}</span>
  if (isEmpty(value)) return <span data-sc-part="no-value">{format.messages.empty}</span>
  const text = format.value(value, type)
  const isLong = type === 'longtext' || text.length > 80 || text.includes('\n')
  return (
    <bdi dir="auto" data-sc-part="value" data-long={isLong ? '' : undefined}>
      {text}
    </bdi>
  )
}
