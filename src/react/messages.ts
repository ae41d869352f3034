/** Every word that the components show. A host overrides any part through `messages`, or passes a whole pack. */

import type { LifecycleState } from '../engine/types.ts'
import type { SyncErrorCode } from '../protocol/errors.ts'

export interface StateWords {
  label: string
  help: string
}

const plural = (n: number, one: string, many: string): string => (n === 1 ? one : many)
const someone = (person: string | undefined): string => person ?? 'Somebody'
const whose = (person: string | undefined): string => (person === undefined ? 'the other' : `${person}'s`)

const list = {
  title: (n: number) => `Conflicts (${n})`,
  type: 'Type',
  allTypes: 'All',
  sort: 'Sort',
  newest: 'Newest first',
  oldest: 'Oldest first',
  scope: 'Apply to',
  scopePage: (n: number) => `This page (${n})`,
  scopeAll: (n: number) => `All listed (${n})`,
  bulk: 'Resolve together',
  keepLocalMany: 'Keep Local…',
  takeServerMany: 'Use Server…',
  fields: (n: number) => `${n} ${plural(n, 'field', 'fields')}`,
  deletedBy: (person: string | undefined) =>
    person === undefined ? 'deleted on the server' : `deleted by ${person}`,
  deletedHere: 'deleted on this device',
  empty: 'No conflicts. Everything matches the server.',
  emptyFiltered: 'No conflicts of this type.',
  clearFilters: 'Clear filters',
  loading: 'Looking for conflicts…',
  range: (from: number, to: number, total: number) => `${from}–${to} of ${total}`,
  page: (page: number, pages: number) => `Page ${page} of ${pages}`,
  pages: 'Pages',
  previousPage: 'Previous page',
  nextPage: 'Next page',
  badges: {
    'needs-review': 'Needs review',
    deleted: 'Deletion',
    failed: 'Not saved',
    resolving: 'Saving…',
    waiting: 'Waiting to send',
  },
  bulkTitle: {
    'client-wins': (n: number) => `Keep Local for ${n} ${plural(n, 'record', 'records')}`,
    'server-wins': (n: number) => `Use Server for ${n} ${plural(n, 'record', 'records')}`,
  },
  bulkHint: {
    'client-wins': (n: number) => `Replaces ${n} ${plural(n, 'value', 'values')} on the server.`,
    'server-wins': (n: number) => `Drops ${n} ${plural(n, 'change', 'changes')} from this device.`,
  },
  bulkPerType: (n: number, label: string) => `${n} ${label}`,
  bulkExcluded: (n: number) =>
    plural(
      n,
      '1 deletion is left out: decide it by itself.',
      `${n} deletions are left out: decide them one by one.`,
    ),
  bulkNone: 'Nothing here can be resolved together.',
  bulkApply: (n: number) => `Apply to ${n}`,
  bulkDone: (n: number) => `${n} resolved.`,
}

const status = {
  storageProblem: 'This device cannot save new changes',
  storageProblemDetail: 'Free up space on this device',
  signedOut: (n: number) =>
    n === 0 ? 'Sign in to go on' : `Sign in to send ${n} ${plural(n, 'change', 'changes')}`,
  signedOutDetail: 'Changes are safe on this device',
  signIn: 'Sign in',
  stopped: 'Sending has stopped',
  conflicts: (n: number) => `${n} ${plural(n, 'record needs', 'records need')} your choice`,
  reviewConflicts: 'Review',
  paused: (n: number) =>
    n === 0 ? 'Paused' : `Paused. ${n} ${plural(n, 'change', 'changes')} saved on this device`,
  pausedDetail: 'Nothing is sent until you resume',
  resume: 'Resume',
  offlinePending: (n: number) => `Offline. ${n} ${plural(n, 'change', 'changes')} saved on this device`,
  offlinePendingDetail: 'Sent automatically when you are back online',
  offline: 'Offline. You can keep working',
  unreachable: 'Connected, but the server is not answering',
  nextTryIn: (seconds: number) => `Next try in ${seconds} s`,
  nextTryAt: (time: string) => `Next try at ${time}`,
  tryNow: 'Try now',
  rejected: (n: number) => `${n} ${plural(n, 'change was', 'changes were')} not accepted`,
  fix: 'Fix',
  sending: (done: number, total: number) => `Sending ${done} of ${total}`,
  sendingSome: 'Sending changes',
  receiving: (done: number) => (done === 0 ? 'Getting changes' : `Getting changes: ${done} so far`),
  receivingOf: (done: number, total: number) => `Getting ${done} of ${total}`,
  working: 'Syncing',
  pending: (n: number) => `${n} ${plural(n, 'change', 'changes')} to send`,
  sendNow: 'Send now',
  upToDate: 'All changes saved on the server',
  lastSynced: (time: string) => `Last synced ${time}`,
  notYet: 'Nothing to send',
  notYetDetail: 'Not synced yet since this page was opened',
  finished: 'Done',
}

const lifecycle: {
  title: string
  groups: Record<'cycle' | 'waiting' | 'attention', string>
  step(from: string, to: string): string
  states: Record<LifecycleState, StateWords>
} = {
  title: 'Sync lifecycle',
  groups: { cycle: 'Cycle', waiting: 'Waiting', attention: 'Needs somebody' },
  step: (from, to) => `${from} → ${to}`,
  states: {
    deciding: { label: 'Deciding', help: 'Looks at what is known and takes the next step.' },
    idle: { label: 'Idle', help: 'Nothing to send. Asks the server for news now and then.' },
    batching: { label: 'Batching', help: 'Collects changes for a moment, so that they travel together.' },
    uploading: { label: 'Uploading', help: 'Sends changes and stores the verdict on each.' },
    downloading: { label: 'Downloading', help: 'Fetches what others changed, page by page.' },
    conflict: {
      label: 'Conflict',
      help: 'A record was changed in two places and waits for a person. Everything else goes on.',
    },
    retry: { label: 'Retry', help: 'The server did not answer well. Waits a little, then tries again.' },
    pausedOffline: {
      label: 'Paused offline',
      help: 'No connection. Changes are kept on this device and sent later.',
    },
    pausedByUser: { label: 'Paused', help: 'Paused by a person. Nothing is sent until resumed.' },
    authRequired: { label: 'Sign-in needed', help: 'The server wants a new sign-in. Nothing is lost.' },
    quotaExceeded: {
      label: 'Storage full',
      help: 'There is no room for new changes. Sending goes on, which frees space.',
    },
    error: {
      label: 'Stopped',
      help: 'The app and the server do not understand each other. Usually the app needs an update.',
    },
  },
}

export const en = {
  title: (name: string, type: string) => `${name} (${type}) was changed in two places`,
  titleCreated: (name: string, type: string) => `${name} (${type}) was created in two places`,
  titleDeleted: (name: string, type: string) =>
    `${name} (${type}) was deleted in one place and changed in another`,
  unnamed: (type: string, id: string) => `${type} ${id}`,
  meta: (n: number) =>
    `${n} ${plural(n, 'field needs', 'fields need')} your choice. Nothing changes until you apply.`,
  metaDeleted: 'This needs your choice. Nothing changes until you apply.',
  metaPreview: 'This is what will be saved. Nothing changes until you apply.',
  previewTitle: (action: string, name: string) => `${action}: ${name}`,
  quickActions: 'Quick actions',
  keepLocal: 'Keep Local',
  takeServer: 'Use Server',
  keepLocalHint: (n: number, person: string | undefined) =>
    `Replaces ${n} ${plural(n, 'change', 'changes')} by ${person ?? 'somebody else'} on the server.`,
  takeServerHint: (n: number) => `Drops your ${n} ${plural(n, 'change', 'changes')} from this device.`,
  deletedOther: (person: string | undefined) => `${someone(person)} deleted this record after you edited it.`,
  deletedMine: (person: string | undefined) => `${someone(person)} changed this record after you deleted it.`,
  restore: 'Restore with my changes',
  restoreHint: 'Brings the record back for everyone, with your changes.',
  acceptDelete: 'Accept deletion',
  deleteAnyway: 'Delete it anyway',
  deleteAnywayHint: (n: number, person: string | undefined) =>
    `Deletes the record for everyone, with ${n} ${plural(n, 'change', 'changes')} by ${person ?? 'somebody else'}.`,
  keepRecord: 'Keep the record',
  keepRecordHint: (person: string | undefined) =>
    `Takes your deletion back and shows ${whose(person)} version.`,
  field: 'Field',
  local: 'This device',
  server: 'Server',
  result: 'Result',
  you: 'You',
  editedAt: (time: string) => `edited ${time}`,
  receivedAt: (time: string) => `changed ${time}`,
  was: (value: string) => `Was ${value}`,
  empty: '(empty)',
  deleted: '(deleted)',
  needsChoice: 'Needs a choice',
  changedAgain: (time: string | undefined) =>
    time === undefined
      ? 'Changed again. Please choose again.'
      : `Changed again ${time}. Please choose again.`,
  autoMerged: (n: number) => `${n} ${plural(n, 'field', 'fields')} merged automatically`,
  unchanged: (n: number) => `${n} unchanged ${plural(n, 'field', 'fields')}`,
  review: 'Review',
  apply: 'Apply',
  applying: 'Saving…',
  applyFailed: (reason: string) => `Not saved. Your choices are kept. ${reason}`.trim(),
  tryAgain: 'Try again',
  replaces: (value: string, by: string) => (by === '' ? `Replaces ${value}` : `Replaces ${value} (${by})`),
  clears: (value: string) => `Clears ${value}`,
  yours: 'yours',
  theirs: 'server',
  willBeDeleted: 'The record will be deleted.',
  laterBtn: 'Decide later',
  laterInfo: 'Nothing was decided. The conflict stays in the list.',
  back: 'Back',
  close: 'Close',
  resolvedTitle: (name: string) => `${name} is resolved`,
  resolvedQueued: 'Resolved. Will be sent when online.',
  lastNotAccepted: (reason: string) => `Your last decision was not accepted. ${reason}`.trim(),
  marks: { added: 'added', removed: 'removed', changed: 'changed', equal: 'unchanged' },
  counts: {
    added: (n: number) => `${n} added`,
    removed: (n: number) => `${n} removed`,
    changed: (n: number) => `${n} changed`,
  },
  differences: 'Differences',
  noDifferences: 'No differences',
  pick: (side: string, field: string) => `Use ${side} for ${field}`,
  picked: 'Chosen',
  expandAll: 'Expand all',
  collapseAll: 'Collapse all',
  yes: 'Yes',
  no: 'No',
  entries: (n: number) => `${n} ${plural(n, 'entry', 'entries')}`,
  /** Why something was not saved, in words for people; a code without a line here shows none. */
  reasons: {
    STORAGE_FAILED: 'This device could not store it.',
    STORAGE_BLOCKED: 'Another tab keeps the storage busy.',
    QUOTA_EXCEEDED: 'This device has no space left.',
    UNKNOWN_CONFLICT: 'It is no longer open.',
    ALREADY_RESOLVED: 'Somebody else has resolved it.',
    CONFLICT_MOVED: 'The record was changed again.',
    OFFLINE: 'There is no connection.',
    TIMEOUT: 'The server did not answer in time.',
    STOPPED: 'The app is closing.',
    SCHEMA_TOO_OLD: 'This app needs an update.',
    PROTOCOL_UNSUPPORTED: 'This app and the server do not understand each other.',
    VALIDATION: 'The server wants another value.',
    FK_VIOLATION: 'It refers to a record that does not exist.',
    PARENT_DELETED: 'The record it belongs to was deleted.',
  } as Partial<Record<SyncErrorCode, string>>,
  list,
  status,
  lifecycle,
}

export type Messages = typeof en

/** What a host may pass: any part, at any depth. */
export type MessagesOverride<T = Messages> = {
  [K in keyof T]?: T[K] extends (...args: never[]) => unknown
    ? T[K]
    : T[K] extends object
      ? MessagesOverride<T[K]>
      : T[K]
}

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `pack` with the parts of `override` over it, at any depth. */
export const withMessages = <T extends object>(pack: T, override: MessagesOverride<T> | undefined): T => {
  if (override === undefined) return pack
  const merged = { ...pack } as Record<string, unknown>
  for (const [key, value] of Object.entries(override)) {
    if (value === undefined) continue
    const present = merged[key]
    merged[key] = isTree(present) && isTree(value) ? withMessages(present, value) : value
  }
  return merged as T
}
