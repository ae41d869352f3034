/** Which line the status shows: the first that is true (SPEC.md, "Status"). */
import type { SyncStatusSnapshot } from '../../engine/types.ts'
import type { IconName } from '../components/Icon.tsx'
import type { Messages } from '../messages.ts'
import { reasonOf } from './words.ts'

export type StatusKey =
  | 'storage-problem'
  | 'signed-out'
  | 'stopped'
  | 'conflicts'
  | 'paused'
  | 'offline-pending'
  | 'offline'
  | 'unreachable'
  | 'rejected'
  | 'syncing'
  | 'pending'
  | 'up-to-date'
  | 'not-yet'

export type StatusTone = 'neutral' | 'warning' | 'accent' | 'good'
export type StatusAction = 'retry' | 'resume' | 'signIn' | 'review' | 'fix'

export interface StatusLine {
  key: StatusKey
  tone: StatusTone
  icon: IconName
  text: string
  /** A sentence of its own; the times of §15 are added by the component, which knows the present. */
  detail: string
  time: 'lastSynced' | 'nextTry' | null
  action: StatusAction | null
  actionLabel: string
}

export const statusKey = (status: SyncStatusSnapshot): StatusKey => {
  const isOffline = status.tags.includes('offline')
  if (status.state === 'quotaExceeded') return 'storage-problem'
  if (status.state === 'authRequired') return 'signed-out'
  if (status.state === 'error') return 'stopped'
  if (status.conflicts > 0) return 'conflicts'
  if (status.state === 'pausedByUser') return 'paused'
  if (isOffline) return status.pending > 0 ? 'offline-pending' : 'offline'
  if (status.state === 'retry') return 'unreachable'
  if (status.rejected > 0) return 'rejected'
  if (status.tags.includes('busy')) return 'syncing'
  if (status.pending > 0) return 'pending'
  return status.lastSyncedAt === null ? 'not-yet' : 'up-to-date'
}

const busyText = ({ progress, sending }: SyncStatusSnapshot, words: Messages['status']): string => {
  const { phase, done, total } = progress
  if (phase === 'upload') return total > 0 ? words.sending(done, total) : words.sendingSome
  if (phase === 'download') return total > 0 ? words.receivingOf(done, total) : words.receiving(done)
  return sending > 0 ? words.sendingSome : words.working
}

type Parts = Pick<StatusLine, 'tone' | 'icon' | 'text'> &
  Partial<Pick<StatusLine, 'detail' | 'time' | 'action' | 'actionLabel'>>

const partsOfLine = (key: StatusKey, status: SyncStatusSnapshot, messages: Messages): Parts => {
  const words = messages.status
  const waiting = status.pending
  switch (key) {
    case 'storage-problem':
      return {
        tone: 'warning',
        icon: 'storage',
        text: words.storageProblem,
        detail: words.storageProblemDetail,
      }
    case 'signed-out':
      return {
        tone: 'warning',
        icon: 'lock',
        text: words.signedOut(waiting),
        detail: words.signedOutDetail,
        action: 'signIn',
        actionLabel: words.signIn,
      }
    case 'stopped':
      return {
        tone: 'warning',
        icon: 'stop',
        text: words.stopped,
        detail: reasonOf(status.lastError, messages),
        action: 'retry',
        actionLabel: words.tryNow,
      }
    case 'conflicts':
      return {
        tone: 'warning',
        icon: 'choice',
        text: words.conflicts(status.conflicts),
        action: 'review',
        actionLabel: words.reviewConflicts,
      }
    case 'paused':
      return {
        tone: 'neutral',
        icon: 'pause',
        text: words.paused(waiting),
        detail: words.pausedDetail,
        action: 'resume',
        actionLabel: words.resume,
      }
    case 'offline-pending':
      return {
        tone: 'neutral',
        icon: 'offline',
        text: words.offlinePending(waiting),
        detail: words.offlinePendingDetail,
        action: 'retry',
        actionLabel: words.tryNow,
      }
    case 'offline':
      return { tone: 'neutral', icon: 'offline', text: words.offline, time: 'lastSynced' }
    case 'unreachable':
      return {
        tone: 'neutral',
        icon: 'clock',
        text: words.unreachable,
        time: 'nextTry',
        action: 'retry',
        actionLabel: words.tryNow,
      }
    case 'rejected':
      return {
        tone: 'warning',
        icon: 'alert',
        text: words.rejected(status.rejected),
        action: 'fix',
        actionLabel: words.fix,
      }
    case 'syncing':
      return {
        tone: 'accent',
        icon: status.progress.phase === 'download' ? 'down' : 'up',
        text: busyText(status, words),
      }
    case 'pending':
      return {
        tone: 'neutral',
        icon: 'up',
        text: words.pending(waiting),
        action: 'retry',
        actionLabel: words.sendNow,
      }
    case 'up-to-date':
      return { tone: 'good', icon: 'check', text: words.upToDate, time: 'lastSynced' }
    case 'not-yet':
      return { tone: 'neutral', icon: 'server', text: words.notYet, detail: words.notYetDetail }
  }
}

export const statusLine = (status: SyncStatusSnapshot, messages: Messages): StatusLine => {
  const key = statusKey(status)
  return { key, detail: '', time: null, action: null, actionLabel: '', ...partsOfLine(key, status, messages) }
}

export const isOfflineLine = (key: StatusKey): boolean =>
  key === 'offline-pending' || key === 'offline' || key === 'unreachable'

/** What the announcer says: the sentence without its running numbers, so that progress is not read out step by step. */
export const announcement = (line: StatusLine, messages: Messages): string =>
  line.key === 'syncing' ? messages.status.working : line.text
