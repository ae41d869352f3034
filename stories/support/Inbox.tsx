import { useState } from 'react'
import type { Conflict, ConflictStrategy } from '../../src/index.ts'
import { ConflictList, ConflictResolutionModal } from '../../src/react/index.ts'

export interface InboxProps {
  conflicts: readonly Conflict[]
  /** Hears every decision; a rejection is a save that failed. */
  onDecision: (conflictId: number, strategy: ConflictStrategy) => Promise<void>
}

/** As a host puts the parts together: rows open the dialog, and what is decided leaves the list. */
export const Inbox = ({ conflicts, onDecision }: InboxProps) => {
  const [open, setOpen] = useState(conflicts)
  const [shown, setShown] = useState<Conflict | null>(null)
  const decide = async (ids: readonly number[], strategy: ConflictStrategy) => {
    for (const id of ids) await onDecision(id, strategy)
    setOpen((present) => present.filter((conflict) => !ids.includes(conflict.id)))
  }
  return (
    <>
      <ConflictList
        conflicts={open}
        onResolveConflict={(id) => setShown(open.find((conflict) => conflict.id === id) ?? null)}
        onBulkResolve={(strategy, ids) => decide(ids, strategy)}
      />
      {shown !== null && (
        <ConflictResolutionModal
          conflict={shown}
          onResolve={(strategy) => decide([shown.id], strategy)}
          onDismiss={() => setShown(null)}
        />
      )}
    </>
  )
}
