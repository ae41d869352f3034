import { forwardRef, useId, useState } from 'react'
import type { SyncProgress as Progress } from '../../engine/types.ts'
import { useMessages, useRootAttributes } from '../context.ts'
import type { StatusSource } from '../hooks/useStatusSource.ts'
import { useStatusSource } from '../hooks/useStatusSource.ts'
import type { MessagesOverride } from '../messages.ts'
import type { ClassNames } from './parts.ts'
import { partsOf } from './parts.ts'
import { Scope } from './Scope.tsx'

export type SyncProgressPart = 'progress' | 'progress-label' | 'progress-bar'

export interface SyncProgressProps extends StatusSource {
  classNames?: ClassNames<SyncProgressPart>
  messages?: MessagesOverride
  id?: string
}

/** A bar that ran back would say that work was lost: what joins while it runs may slow it down, never turn it. */
const useMonotonic = (progress: Progress): Progress => {
  const [shown, setShown] = useState(progress)
  const isSamePhase = progress.phase === shown.phase
  const ratio = (value: Progress) => (value.total > 0 ? value.done / value.total : 0)
  const isBehind = isSamePhase && ratio(progress) < ratio(shown) && progress.total > 0
  const next = isBehind ? { ...progress, done: ratio(shown) * progress.total } : progress
  const isNews =
    next.phase !== shown.phase || !Object.is(next.done, shown.done) || !Object.is(next.total, shown.total)
  if (isNews) setShown(next)
  return next
}

const QUARTERS = 4

const Bar = forwardRef<HTMLDivElement, Omit<SyncProgressProps, 'messages'>>(function Bar(props, ref) {
  const { status } = useStatusSource(props)
  const { status: words } = useMessages()
  const root = useRootAttributes()
  const part = partsOf(props.classNames)
  const labelId = useId()
  const real = status.progress
  const shown = useMonotonic(real)
  const isIdle = real.phase === 'idle'
  const isKnown = real.total > 0
  const label = isIdle
    ? ''
    : real.phase === 'upload'
      ? isKnown
        ? words.sending(real.done, real.total)
        : words.sendingSome
      : isKnown
        ? words.receivingOf(real.done, real.total)
        : words.receiving(real.done)
  // The start, each quarter and the end are news; what lies between is for the eye.
  const quarter = isKnown ? Math.floor((shown.done / shown.total) * QUARTERS) : 0
  const [said, setSaid] = useState({ phase: real.phase, quarter, text: '' })
  if (said.phase !== real.phase || said.quarter !== quarter)
    setSaid({ phase: real.phase, quarter, text: isIdle ? words.finished : label })

  return (
    <div
      ref={ref}
      id={props.id}
      {...root}
      {...part('progress')}
      data-state={isIdle ? 'idle' : isKnown ? 'determinate' : 'indeterminate'}
      data-phase={real.phase}
    >
      {!isIdle && (
        <>
          <span {...part('progress-label')} id={labelId}>
            {label}
          </span>
          <progress
            {...part('progress-bar')}
            aria-labelledby={labelId}
            {...(isKnown ? { value: shown.done, max: shown.total } : {})}
          />
        </>
      )}
      <span role="status" data-sc-part="hidden">
        {said.text}
      </span>
    </div>
  )
})

/** How far the running upload or download is; nothing while there is none. */
export const SyncProgress = forwardRef<HTMLDivElement, SyncProgressProps>(function SyncProgress(
  { messages, ...props },
  ref,
) {
  return (
    <Scope messages={messages}>
      <Bar {...props} ref={ref} />
    </Scope>
  )
})
