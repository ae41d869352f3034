import type { DeviceId } from '../device/device.ts'

export interface Scene {
  /** On the timeline. */
  name: string
  title: string
  /** What to look at. */
  text: string
  about: readonly DeviceId[]
}

const both: readonly DeviceId[] = ['front-desk', 'treatment-room']
const treatment: readonly DeviceId[] = ['treatment-room']

export const scenes = [
  {
    name: 'A client both know',
    title: 'The front desk registers a client',
    text: 'It is saved here first, sent a moment later, and shows up in the treatment room under the same number.',
    about: both,
  },
  {
    name: 'Offline',
    title: 'The treatment room loses its network',
    text: 'Its lifecycle moves to “Paused offline”. Nothing is wrong, and nobody has to stop working.',
    about: treatment,
  },
  {
    name: 'Four new records',
    title: 'A walk-in: client, pet, appointment, note',
    text: 'Four records that refer to each other by temporary ids. Each is on disk before it is on screen.',
    about: treatment,
  },
  {
    name: 'Edits',
    title: 'The new records are edited',
    text: 'Still four pending changes: an edit of something that was never sent becomes part of it.',
    about: treatment,
  },
  {
    name: 'Same field, twice',
    title: 'Both devices change the same phone number',
    text: 'The treatment room writes one number offline, the front desk another one online. Neither knows of the other.',
    about: both,
  },
  {
    name: 'Back, answer lost',
    title: 'Back online, and the first answer gets lost',
    text: 'The server stored everything, but its answer never arrived. The lifecycle waits in “Retry” and sends the same again.',
    about: treatment,
  },
  {
    name: 'Server ids',
    title: 'Temporary ids become server ids, once each',
    text: 'In the records and in every reference to them. The repeat created nothing twice, and the front desk has them, too.',
    about: both,
  },
  {
    name: 'Disagreement',
    title: 'One record disagrees, and a person decides',
    text: 'Only the phone number that both changed asks for a choice. The treatment room keeps its own.',
    about: treatment,
  },
  {
    name: 'Agreement',
    title: 'Both devices agree',
    text: 'Nothing lost, nothing twice. Reload the page or restart the server: it stays that way.',
    about: both,
  },
] as const satisfies readonly Scene[]
