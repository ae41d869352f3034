import type { ReactNode } from 'react'
import { forwardRef } from 'react'
import type { SyncEngine, SyncStatusSnapshot } from '../../engine/types.ts'
import { useRootAttributes } from '../context.ts'
import { useAnnouncement } from '../hooks/useAnnouncement.ts'
import type { Format } from '../hooks/useFormat.ts'
import { useFormat } from '../hooks/useFormat.ts'
import { useNow } from '../hooks/useNow.ts'
import type { StatusSource, UsedStatus } from '../hooks/useStatusSource.ts'
import { useStatusSource } from '../hooks/useStatusSource.ts'
import type { MessagesOverride } from '../messages.ts'
import { engineStores } from '../model/engine-stores.ts'
import type { StatusLine } from '../model/status.ts'
import { announcement, isOfflineLine, statusLine } from '../model/status.ts'
import { Icon } from './Icon.tsx'
import type { ClassNames, PartGetter } from './parts.ts'
import { partsOf } from './parts.ts'
import { Scope } from './Scope.tsx'
import { When } from './When.tsx'

export type SyncStatusPart = 'status' | 'status-text' | 'status-detail' | 'status-action'

interface Common extends StatusSource {
  /** ms; the provider's clock by default. */
  now?: number
  classNames?: ClassNames<SyncStatusPart>
  messages?: MessagesOverride
  id?: string
}

export interface SyncStatusProps extends Common {
  /** Leaves out the second line. */
  compact?: boolean
  /** An action is offered where there is somebody to do it: by default the engine tries again and resumes. */
  onRetry?: () => void
  onResume?: () => void
  onReview?: () => void
  onSignIn?: () => void
  onFix?: () => void
}

export type OfflineIndicatorProps = Common

const SECOND = 1_000

const Detail = ({
  line,
  status,
  now,
  format,
}: {
  line: StatusLine
  status: UsedStatus['status']
  now: number | undefined
  format: Format
}): ReactNode => {
  const words = format.messages.status
  if (line.time === 'lastSynced')
    return status.lastSyncedAt === null ? null : (
      <When ms={status.lastSyncedAt} now={now} format={format} phrase={words.lastSynced} />
    )
  if (line.time === 'nextTry') {
    if (status.retryAt === null) return null
    return now === undefined
      ? words.nextTryAt(format.clock(status.retryAt))
      : words.nextTryIn(Math.max(0, Math.ceil((status.retryAt - now) / SECOND)))
  }
  return line.detail === '' ? null : line.detail
}

const actionOf = (
  line: StatusLine,
  props: SyncStatusProps,
  engine: SyncEngine | null,
): (() => void) | undefined => {
  switch (line.action) {
    case 'retry':
      // A failure shows as the next status: there is nothing to add here.
      return (
        props.onRetry ??
        (engine === null
          ? undefined
          : () =>
              void engineStores(engine)
                .sync()
                .catch(() => undefined))
      )
    case 'resume':
      return props.onResume ?? (engine === null ? undefined : () => engine.resume())
    case 'signIn':
      return props.onSignIn
    case 'review':
      return props.onReview
    case 'fix':
      return props.onFix
    case null:
      return undefined
  }
}

const Line = ({ line, part }: { line: StatusLine; part: PartGetter<SyncStatusPart> }) => (
  <span {...part('status-text')}>
    <Icon name={line.icon} />
    <span>{line.text}</span>
  </span>
)

const Status = forwardRef<HTMLDivElement, Omit<SyncStatusProps, 'messages'>>(function Status(props, ref) {
  const { status, engine } = useStatusSource(props)
  const root = useRootAttributes()
  const format = useFormat()
  const line = statusLine(status, format.messages)
  const now = useNow(props.now, line.time === 'nextTry' ? SECOND : undefined)
  const part = partsOf(props.classNames)
  const action = actionOf(line, props, engine)
  const said = useAnnouncement(line.key, announcement(line, format.messages))
  const detail =
    props.compact === true ? null : <Detail line={line} status={status} now={now} format={format} />
  return (
    <div
      ref={ref}
      id={props.id}
      {...root}
      {...part('status')}
      data-state={line.key}
      data-tone={line.tone}
      data-compact={props.compact === true ? '' : undefined}
    >
      <div data-sc-part="status-lines">
        <Line line={line} part={part} />
        {detail !== null && <span {...part('status-detail')}>{detail}</span>}
      </div>
      {action !== undefined && (
        <button type="button" {...part('status-action')} data-variant="quiet" onClick={action}>
          {line.actionLabel}
        </button>
      )}
      <span role="status" data-sc-part="hidden">
        {said}
      </span>
    </div>
  )
})

/** One line that says how things stand between this device and the server. */
export const SyncStatus = forwardRef<HTMLDivElement, SyncStatusProps>(function SyncStatus(
  { messages, ...props },
  ref,
) {
  return (
    <Scope messages={messages}>
      <Status {...props} ref={ref} />
    </Scope>
  )
})

/** Conflicts, a refused change or a pause do not make a device less offline: only the connection counts here. */
const connectionOf = (status: SyncStatusSnapshot): SyncStatusSnapshot => {
  const isOffline = !status.online || status.tags.includes('offline')
  const state = isOffline ? 'pausedOffline' : status.state === 'retry' ? 'retry' : 'idle'
  return { ...status, conflicts: 0, rejected: 0, state, tags: isOffline ? ['offline'] : [] }
}

const Indicator = forwardRef<HTMLSpanElement, Omit<OfflineIndicatorProps, 'messages'>>(
  function Indicator(props, ref) {
    const { status } = useStatusSource(props)
    const root = useRootAttributes()
    const format = useFormat()
    const line = statusLine(connectionOf(status), format.messages)
    const part = partsOf(props.classNames)
    const isShown = isOfflineLine(line.key)
    const said = useAnnouncement(isShown ? line.key : 'online', isShown ? line.text : '')
    return (
      <span
        ref={ref}
        id={props.id}
        {...root}
        data-sc-part="offline-indicator"
        data-state={isShown ? line.key : 'online'}
      >
        {isShown && <Line line={line} part={part} />}
        <span role="status" data-sc-part="hidden">
          {said}
        </span>
      </span>
    )
  },
)

/** The chip that appears while the server cannot be reached. Calm on purpose: offline is a state, nothing is wrong. */
export const OfflineIndicator = forwardRef<HTMLSpanElement, OfflineIndicatorProps>(function OfflineIndicator(
  { messages, ...props },
  ref,
) {
  return (
    <Scope messages={messages}>
      <Indicator {...props} ref={ref} />
    </Scope>
  )
})
