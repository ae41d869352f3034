import type { StateMeta } from '../state-meta.ts'

interface Words {
  /** For those who build with it. */
  description: string
  /** For those who work with what is built. */
  meta: StateMeta
}

const say = (description: string, label: string, help: string): Words => ({
  description,
  meta: { label, help },
})

/** What each state of the lifecycle is called and means; a nested state stands beside its parent. */
export const words = {
  deciding: say(
    'The one choice point. What stands in the way comes first, then what there is to do.',
    'Deciding',
    'The next step is being chosen.',
  ),
  idle: say(
    'Nothing to send, nothing known to fetch. The server is asked for news from time to time.',
    'Up to date',
    'Nothing is waiting to be sent or fetched.',
  ),
  batching: say(
    'Something was written. It waits a moment, so that what follows can travel with it.',
    'Collecting changes',
    'Your changes are saved here and are about to be sent.',
  ),
  uploading: say(
    'Batches go up, one after another, until storage has nothing more that may be sent.',
    'Sending changes',
    'Your changes are on their way to the server.',
  ),
  claiming: say(
    'The next operations are frozen: their ids and bytes stay the same however often they are sent.',
    'Preparing changes',
    'The next changes to send are being picked.',
  ),
  sending: say(
    'The batch is with the server. If this is left early, the batch stays sent and is sent again.',
    'Sending changes',
    'The server is being told what changed.',
  ),
  settling: say(
    'The verdicts are written, and server ids take the place of temporary ones.',
    'Saving the answer',
    'What the server answered is being saved on this device.',
  ),
  downloading: say(
    'What is new on the server comes down, page by page, to the end.',
    'Fetching changes',
    'What others changed is being fetched.',
  ),
  pulling: say(
    'The server is asked for the next page.',
    'Fetching changes',
    'The server is being asked what is new.',
  ),
  applying: say(
    'The page is written with its cursor, unless something was sent meanwhile.',
    'Saving changes',
    'What others changed is being saved on this device.',
  ),
  conflict: say(
    'Records differ on both sides and nothing else is to do. Those records wait, the queue does not.',
    'Needs a decision',
    'You and somebody else changed the same thing: choose what is right.',
  ),
  triaging: say(
    'The policies decide what they may decide alone.',
    'Comparing changes',
    'Differences that need nobody are being settled.',
  ),
  awaitingDecision: say(
    'What is left is for a person. Everything else goes on.',
    'Needs a decision',
    'You and somebody else changed the same thing: choose what is right. All else goes on meanwhile.',
  ),
  retry: say(
    'Something failed that may go well later. The time is stored; a request skips it only if it is our own.',
    'Trying again soon',
    'The server could not be reached properly. Your changes are saved here.',
  ),
  pausedOffline: say(
    'No network. Connectivity keeps looking for it.',
    'Offline',
    'Go on working: your changes are saved here and sent when you are online again.',
  ),
  pausedByUser: say(
    'A person stopped the sync. Only a person starts it again.',
    'Paused',
    'The sync is paused: your changes are saved here until it is resumed.',
  ),
  authRequired: say(
    'The server wants a valid token. Nothing is dropped; the app is asked for a token again and again.',
    'Sign in again',
    'Your changes are saved here. Sign in again to send them.',
  ),
  waiting: say(
    'Until the app says that somebody signed in, a person asks, or a minute is over.',
    'Sign in again',
    'Your changes are saved here. Sign in again to send them.',
  ),
  asking: say('The app is asked for a token.', 'Checking sign-in', 'Your sign-in is being checked.'),
  quotaExceeded: say(
    'There is no room for news. Uploads go on: they make room.',
    'Storage is full',
    'There is no room left. What was saved is safe; new changes may not fit.',
  ),
  error: say(
    'It would fail alike until somebody changes something. Tried again now and then all the same.',
    'Something is wrong',
    'The sync cannot go on as it is. Your changes are saved here.',
  ),
} satisfies Record<string, Words>
