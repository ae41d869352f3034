import { initialContext, lifecycleSetup } from './lifecycle.setup.ts'
import {
  ask,
  faults,
  faultsBesideUploads,
  faultsOfSigningIn,
  lossesNoted,
  rememberClaim,
  uploadOnly,
  wakes,
  withOutput,
} from './lifecycle.shared.ts'
import type { LifecycleActors } from './lifecycle.types.ts'
import { words } from './lifecycle.words.ts'

/** The lifecycle without its parts: to draw, to show, to check. To run it, see `createLifecycleMachine`. */
export const lifecycleChart = lifecycleSetup.createMachine({
  id: 'lifecycle',
  description: 'What the sync is doing, and why it is not doing more. A cycle uploads, then downloads.',
  context: ({ input }) => initialContext(input),
  initial: 'deciding',
  on: {
    'outbox.changed': { actions: 'noteCounts' },
    'conflicts.changed': { actions: 'noteCounts' },
    'remote.changed': { actions: 'wantNews' },
    'sync.requested': { actions: 'requestCycle' },
    'flush.requested': { actions: 'requestClaim' },
    'sync.paused': { target: '.pausedByUser', actions: 'notePaused' },
    'sync.resumed': { actions: 'noteResumed' },
    'net.lost': { target: '.pausedOffline', actions: 'noteOffline' },
    'net.restored': { actions: 'noteOnline' },
    'auth.expired': { target: '.authRequired', actions: 'noteSignedOut' },
    'auth.renewed': { actions: 'noteSignedIn' },
    'quota.exceeded': { actions: 'noteNoRoom' },
    'quota.freed': { actions: 'noteRoom' },
  },
  states: {
    deciding: {
      ...words.deciding,
      tags: ['busy', 'canQueue'],
      always: [
        { guard: 'isPausedByUser', target: 'pausedByUser' },
        { guard: 'isOffline', target: 'pausedOffline' },
        { guard: 'isSignedOut', target: 'authRequired' },
        { guard: 'isBackingOff', target: 'retry' },
        { guard: 'isUploadUrgent', target: 'uploading' },
        { guard: 'isUploadable', target: 'batching', actions: 'openWindow' },
        { guard: 'hasNoRoom', target: 'quotaExceeded' },
        { guard: 'isNewsDue', target: 'downloading' },
        { guard: 'isTriageDue', target: 'conflict' },
        { guard: 'hasConflicts', target: 'conflict.awaitingDecision' },
        { target: 'idle' },
      ],
    },
    idle: {
      ...words.idle,
      tags: ['settled', 'canQueue'],
      on: wakes,
      after: { untilPoll: { target: 'downloading', actions: 'wantNews' } },
    },
    batching: {
      ...words.batching,
      tags: ['busy', 'canQueue'],
      on: {
        'outbox.changed': [
          { guard: 'isFullBatch', target: 'uploading', actions: 'noteCounts' },
          { guard: 'isWindowOpen', target: 'batching', reenter: true, actions: 'noteCounts' },
          { actions: 'noteCounts' },
        ],
        'sync.requested': { target: 'uploading', actions: 'requestCycle' },
        'flush.requested': { target: 'uploading' },
      },
      after: { batchWindow: { target: 'uploading' } },
    },
    uploading: {
      ...words.uploading,
      tags: ['busy', 'canQueue'],
      initial: 'claiming',
      states: {
        claiming: {
          ...words.claiming,
          entry: 'beginClaim',
          invoke: {
            ...ask.claimBatch,
            onDone: [
              { guard: withOutput('isClaimed'), target: 'sending', actions: rememberClaim },
              { guard: 'isDownloadDue', target: '#lifecycle.downloading', actions: rememberClaim },
              { target: '#lifecycle.deciding', actions: rememberClaim },
            ],
            onError: faults,
          },
        },
        sending: {
          ...words.sending,
          invoke: { ...ask.pushBatch, onDone: { target: 'settling' }, onError: faults },
        },
        settling: {
          ...words.settling,
          invoke: {
            ...ask.settleBatch,
            onDone: { target: 'claiming', actions: ['wantNews', withOutput('announceSettled')] },
            onError: faults,
          },
        },
      },
    },
    downloading: {
      ...words.downloading,
      tags: ['busy', 'canQueue'],
      initial: 'pulling',
      on: { 'quota.exceeded': wakes['quota.exceeded'] },
      states: {
        pulling: {
          ...words.pulling,
          entry: 'beginPull',
          invoke: {
            ...ask.pullPage,
            onDone: { target: 'applying', actions: withOutput('rememberPage') },
            onError: faultsBesideUploads,
          },
        },
        applying: {
          ...words.applying,
          invoke: {
            ...ask.applyPage,
            onDone: [
              // Storage is asked what was sent: the counts may not have heard of it yet.
              { guard: withOutput('isStale'), target: '#lifecycle.deciding', actions: 'requestClaim' },
              { guard: withOutput('hasMore'), target: 'pulling' },
              { target: '#lifecycle.deciding', actions: ['finishCycle', 'announceFinished'] },
            ],
            onError: faultsBesideUploads,
          },
        },
      },
    },
    conflict: {
      ...words.conflict,
      tags: 'canQueue',
      initial: 'triaging',
      states: {
        triaging: {
          ...words.triaging,
          tags: 'busy',
          entry: 'beginTriage',
          on: { 'quota.exceeded': wakes['quota.exceeded'] },
          invoke: {
            ...ask.triage,
            onDone: { target: '#lifecycle.deciding', actions: 'finishTriage' },
            onError: faultsBesideUploads,
          },
        },
        awaitingDecision: {
          ...words.awaitingDecision,
          tags: 'attention',
          on: wakes,
          after: { untilPoll: { target: '#lifecycle.downloading', actions: 'wantNews' } },
        },
      },
    },
    retry: {
      ...words.retry,
      tags: ['waiting', 'canQueue'],
      on: {
        'sync.requested': [
          { guard: 'isRetryForced', actions: 'requestCycle' },
          { target: 'deciding', actions: 'requestCycle' },
        ],
      },
      after: { retryDelay: { target: 'deciding', actions: 'endBackoff' } },
    },
    pausedOffline: {
      ...words.pausedOffline,
      tags: ['offline', 'canQueue'],
      on: {
        'net.lost': {},
        'net.restored': { target: 'deciding', actions: 'noteOnline' },
        'auth.expired': { actions: 'noteSignedOut' },
      },
    },
    pausedByUser: {
      ...words.pausedByUser,
      tags: ['paused', 'canQueue'],
      on: {
        'sync.paused': {},
        'sync.resumed': { target: 'deciding', actions: 'noteResumed' },
        ...lossesNoted,
      },
    },
    authRequired: {
      ...words.authRequired,
      tags: ['attention', 'canQueue'],
      initial: 'waiting',
      on: {
        ...lossesNoted,
        'auth.expired': {},
        'auth.renewed': { target: 'deciding', actions: 'noteSignedIn' },
      },
      states: {
        waiting: {
          ...words.waiting,
          on: { 'sync.requested': { target: 'asking', actions: 'requestCycle' } },
          after: { authRetry: { target: 'asking' } },
        },
        asking: {
          ...words.asking,
          // What is being asked for has just become void.
          on: { 'auth.expired': { target: 'waiting' } },
          invoke: {
            ...ask.probeAuth,
            onDone: [
              { guard: withOutput('isAuthed'), target: '#lifecycle.deciding', actions: 'noteSignedIn' },
              { target: 'waiting' },
            ],
            onError: faultsOfSigningIn,
          },
        },
      },
    },
    quotaExceeded: {
      ...words.quotaExceeded,
      tags: 'attention',
      on: {
        'outbox.changed': uploadOnly,
        'conflicts.changed': uploadOnly,
        'sync.requested': { target: 'deciding', actions: ['noteRoom', 'requestCycle'] },
        'flush.requested': { target: 'deciding', actions: 'requestClaim' },
        'quota.exceeded': {},
        'quota.freed': { target: 'deciding', actions: 'noteRoom' },
      },
      after: { untilQuotaProbe: { target: 'deciding', actions: 'noteRoom' } },
    },
    error: {
      ...words.error,
      tags: ['attention', 'canQueue'],
      on: {
        'sync.requested': { target: 'deciding', actions: 'requestCycle' },
        ...lossesNoted,
      },
      after: { errorRetry: { target: 'deciding' } },
    },
  },
})

type Chart = typeof lifecycleChart
/** A name, so that the declarations of what holds a lifecycle stay short. */
export interface LifecycleMachine extends Chart {}

/** The lifecycle with all its parts: leaving one out is an error of the compiler. */
export const createLifecycleMachine = (actors: LifecycleActors): LifecycleMachine =>
  lifecycleChart.provide({ actors })
