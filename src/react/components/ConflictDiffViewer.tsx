import { forwardRef, useMemo, useState } from 'react'
import type { JsonObject } from '../../protocol/json.ts'
import { useEntityType, useMessages, useRootAttributes } from '../context.ts'
import type { MessagesOverride } from '../messages.ts'
import type { Side } from '../model/rows.ts'
import { diffRows } from '../model/rows.ts'
import { DiffTable } from './DiffTable.tsx'
import type { DiffPart } from './diff-table.ts'
import type { ClassNames } from './parts.ts'
import { partsOf } from './parts.ts'
import { Scope } from './Scope.tsx'

export type ConflictDiffViewerPart = DiffPart | 'diff-viewer' | 'unchanged-group' | 'notice'

export interface ConflictDiffViewerProps {
  /** `null` where the record is deleted on that side. */
  localData: JsonObject | null
  serverData: JsonObject | null
  entityType: string
  /** The row both sides started from; some of its fields are enough. Each side is then marked by what it did. */
  baseData?: JsonObject | undefined
  /** Called with the field's path (`address.city`) and the side whose value was picked. */
  onFieldSelect?: ((field: string, source: Side) => void) | undefined
  /** Levels of nested objects that are open at first, where they differ. */
  defaultExpandedDepth?: number
  classNames?: ClassNames<ConflictDiffViewerPart>
  messages?: MessagesOverride
  id?: string
}

const Viewer = forwardRef<HTMLDivElement, ConflictDiffViewerProps>(function Viewer(props, ref) {
  const { localData, serverData, baseData, entityType, onFieldSelect } = props
  const messages = useMessages()
  const root = useRootAttributes()
  const type = useEntityType(entityType)
  const part = partsOf(props.classNames)
  const [selected, setSelected] = useState<Readonly<Record<string, Side>>>({})
  const rows = useMemo(
    () => diffRows({ local: localData, server: serverData, base: baseData }, type),
    [localData, serverData, baseData, type],
  )
  const different = rows.filter((row) => !row.isEqual)
  const equal = rows.filter((row) => row.isEqual)
  const select = (field: string, side: Side) => {
    setSelected({ ...selected, [field]: side })
    onFieldSelect?.(field, side)
  }
  const shared = {
    part,
    isLocalDeleted: localData === null,
    isServerDeleted: serverData === null,
    showBase: baseData !== undefined,
  }
  return (
    <div
      ref={ref}
      id={props.id}
      {...root}
      {...part('diff-viewer')}
      data-state={different.length === 0 ? 'empty' : 'ready'}
    >
      {different.length === 0 ? (
        <p {...part('notice')}>{messages.noDifferences}</p>
      ) : (
        <DiffTable
          {...shared}
          label={messages.differences}
          rows={different}
          onFieldSelect={onFieldSelect === undefined ? undefined : select}
          selected={selected}
          {...(props.defaultExpandedDepth === undefined
            ? {}
            : { defaultExpandedDepth: props.defaultExpandedDepth })}
        />
      )}
      {equal.length > 0 && (
        <details {...part('unchanged-group')}>
          <summary>{messages.unchanged(equal.length)}</summary>
          <DiffTable {...shared} label={messages.unchanged(equal.length)} rows={equal} />
        </details>
      )}
    </div>
  )
})

/** Two versions of a record side by side, field by field. */
export const ConflictDiffViewer = forwardRef<HTMLDivElement, ConflictDiffViewerProps>(
  function ConflictDiffViewer({ messages, ...props }, ref) {
    return (
      <Scope messages={messages}>
        <Viewer {...props} ref={ref} />
      </Scope>
    )
  },
)
