/** One small practice on one morning: every story shows the same people, animals and minutes. */

import { type Conflict, type ConflictKind, defineSchema, type SyncStatusSnapshot } from '../src/index.ts'

/** Wednesday, 18 November 2026, 10:30 UTC. */
export const NOW = Date.UTC(2026, 10, 18, 10, 30)
export const minutesAgo = (minutes: number): number => NOW - minutes * 60_000

export const clock = { now: () => NOW }

export const schema = defineSchema({
  version: 1,
  entities: {
    client: {
      label: 'Client',
      plural: 'Clients',
      fields: {
        name: { type: 'text', label: 'Name', required: true },
        phone: { type: 'text', label: 'Phone' },
        email: { type: 'text', label: 'Email' },
        address: { type: 'object', label: 'Address' },
      },
    },
    pet: {
      label: 'Pet',
      plural: 'Pets',
      fields: {
        name: { type: 'text', label: 'Name', required: true },
        species: { type: 'text', label: 'Species' },
        weightKg: { type: 'number', label: 'Weight (kg)' },
        diet: { type: 'text', label: 'Diet' },
        chip: { type: 'text', label: 'Chip number' },
        neutered: { type: 'boolean', label: 'Neutered' },
        born: { type: 'date', label: 'Born' },
        vaccines: { type: 'list', label: 'Vaccines' },
      },
      references: { clientId: { to: 'client', required: true, label: 'Owner' } },
    },
    appointment: {
      label: 'Appointment',
      plural: 'Appointments',
      titleField: 'reason',
      fields: {
        startsAt: { type: 'datetime', label: 'Starts' },
        reason: { type: 'text', label: 'Reason' },
      },
      references: { petId: { to: 'pet', required: true, label: 'Pet' } },
    },
    soapNote: {
      label: 'Note',
      plural: 'Notes',
      titleField: 'assessment',
      fields: {
        subjective: { type: 'longtext', label: 'Subjective' },
        objective: { type: 'longtext', label: 'Objective' },
        assessment: { type: 'text', label: 'Assessment' },
        plan: { type: 'longtext', label: 'Plan' },
      },
      references: { appointmentId: { to: 'appointment', required: true, label: 'Appointment' } },
    },
  },
})

/** The same practice where it is run in Arabic. */
export const arabicSchema = defineSchema({
  version: 1,
  entities: {
    pet: {
      label: 'حيوان',
      plural: 'حيوانات',
      fields: {
        name: { type: 'text', label: 'الاسم', required: true },
        species: { type: 'text', label: 'النوع' },
        weightKg: { type: 'number', label: 'الوزن (كغ)' },
        diet: { type: 'text', label: 'النظام الغذائي' },
      },
    },
  },
})

export type Data = NonNullable<Conflict['localData']>

export const people = {
  novak: { userId: '2', name: 'Dr. Novák', device: 'Desk PC' },
  eva: { userId: '3', name: 'Eva Dvořáková', device: 'iPad 2' },
  omar: { userId: '4', name: 'د. عمر حداد', device: 'مكتب الاستقبال' },
}

interface Making {
  id?: number
  kind?: ConflictKind
  entityType: string
  entityId?: number
  base: Data
  mine: Data | null
  theirs: Data | null
  by?: Conflict['by']
  minutes?: number
  status?: Conflict['status']
  error?: Conflict['error']
}

const changedKeys = (before: Data, after: Data): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  )

/** A conflict as the engine hands it out: `baseData` holds what lay under the change made here. */
export const conflictOf = (made: Making): Conflict => {
  const { id = 1, kind = 'update-update', entityType, entityId = 12, base, mine, theirs, minutes = 14 } = made
  const myKeys = mine === null ? Object.keys(base) : changedKeys(base, mine)
  const theirKeys = theirs === null ? myKeys : changedKeys(base, theirs)
  const affectedFields = mine === null ? theirKeys : myKeys.filter((key) => theirKeys.includes(key))
  return {
    id,
    serverConflictId: 70 + id,
    operation: {
      id: `op-${id}`,
      type: mine === null ? 'delete' : 'update',
      entityType,
      entityId,
      baseVersion: 3,
      editedAt: minutesAgo(minutes),
      ...(mine === null ? {} : { data: Object.fromEntries(myKeys.map((key) => [key, mine[key] ?? null])) }),
    },
    // The device shows the server's row with its own changes over it.
    localData:
      mine === null
        ? null
        : { ...(theirs ?? base), ...Object.fromEntries(myKeys.map((key) => [key, mine[key] ?? null])) },
    serverData: theirs,
    baseData: Object.fromEntries(myKeys.map((key) => [key, base[key] ?? null])),
    detectedAt: minutesAgo(minutes - 1),
    conflictType: 'version',
    affectedFields,
    kind,
    status: made.status ?? 'open',
    by: made.by ?? people.novak,
    serverModifiedAt: minutesAgo(minutes + 106),
    ...(made.error === undefined ? {} : { error: made.error }),
  }
}

const bella: Data = {
  name: 'Bella',
  species: 'Dog',
  weightKg: 24.5,
  diet: 'Renal, 2 × 180 g',
  chip: '203098100456789',
  neutered: true,
  born: '2019-04-02',
  vaccines: ['Rabies', 'Distemper'],
  clientId: 4,
}

export const bellaConflict = conflictOf({
  entityType: 'pet',
  base: bella,
  mine: { ...bella, weightKg: 24.1, diet: 'Renal, 3 × 120 g', chip: '203098100456780', neutered: false },
  theirs: { ...bella, weightKg: 23.8, diet: 'Gastro, 2 × 160 g', chip: '203098100456798' },
})

export const singleField = conflictOf({
  entityType: 'pet',
  base: bella,
  mine: { ...bella, weightKg: 24.1 },
  theirs: { ...bella, weightKg: 23.8 },
})

export const updateDelete = conflictOf({
  kind: 'update-delete',
  entityType: 'pet',
  base: bella,
  mine: { ...bella, weightKg: 24.1, diet: 'Renal, 3 × 120 g' },
  theirs: null,
  by: people.eva,
})

export const deleteUpdate = conflictOf({
  kind: 'delete-update',
  entityType: 'pet',
  base: bella,
  mine: null,
  theirs: { ...bella, weightKg: 23.8, diet: 'Gastro, 2 × 160 g' },
})

export const emptyVersusValue = conflictOf({
  entityType: 'client',
  entityId: 4,
  base: { name: 'Jana Dvořáková', phone: '+420 601 222 333', email: 'jana@example.com' },
  mine: { name: 'Jana Dvořáková', phone: '', email: 'jana.d@example.com' },
  theirs: { name: 'Jana Dvořáková', phone: '+420 777 888 999', email: '' },
})

export const nestedAddress = conflictOf({
  entityType: 'client',
  entityId: 4,
  base: {
    name: 'Jana Dvořáková',
    address: { street: 'Lipová 12', city: 'Brno', zip: '602 00', geo: { lat: 49.19, lng: 16.61 } },
  },
  mine: {
    name: 'Jana Dvořáková',
    address: {
      street: 'Lipová 14',
      city: 'Brno',
      zip: '602 00',
      floor: '3',
      geo: { lat: 49.19, lng: 16.61 },
    },
  },
  theirs: {
    name: 'Jana Dvořáková',
    address: { street: 'Dlouhá 3', city: 'Praha', geo: { lat: 50.08, lng: 14.43 } },
  },
})

const plan = (dose: string, extra: string) =>
  `Maropitant ${dose} SC once, then PO q24h for 4 days.\nRinger's lactate 60 ml/h until eating.\n${extra}\nRecheck in 48 h; owner to call at once if vomiting returns or if she refuses water.`

export const longSoapNote = conflictOf({
  entityType: 'soapNote',
  entityId: 88,
  base: {
    subjective:
      'Vomiting since Sunday evening, three times. No diarrhoea. Ate grass on the walk. Drinks normally.',
    objective: 'T 38.9, HR 120, RR 28. Abdomen tense, mild pain on palpation cranially. MM pink, CRT 1 s.',
    assessment: 'Acute gastroenteritis',
    plan: plan('1 mg/kg', 'No blood tests for now.'),
  },
  mine: {
    subjective:
      'Vomiting since Sunday evening, three times. No diarrhoea. Ate grass on the walk. Drinks normally.',
    objective: 'T 39.2, HR 132, RR 28. Abdomen tense, mild pain on palpation cranially. MM pink, CRT 1 s.',
    assessment: 'Acute gastroenteritis, suspected pancreatitis',
    plan: plan('0.5 mg/kg', 'Blood taken: CBC, chemistry.'),
  },
  theirs: {
    subjective:
      'Vomiting since Sunday evening, three times. No diarrhoea. Ate grass on the walk. Drinks normally.',
    objective: 'T 38.9, HR 120, RR 28. Abdomen tense, mild pain on palpation cranially. MM pink, CRT 2 s.',
    assessment: 'Pancreatitis',
    plan: plan('1 mg/kg', 'cPLI sent to the laboratory, result tomorrow.'),
  },
})

export const arabic = conflictOf({
  entityType: 'pet',
  base: { name: 'لولو', species: 'قطة', weightKg: 4.2, diet: 'جاف، ٤٠ غ' },
  mine: { name: 'لولو', species: 'قطة', weightKg: 4.4, diet: 'رطب، ٨٥ غ مرتين' },
  theirs: { name: 'لولو', species: 'قطة', weightKg: 4.1, diet: 'كلوي، ٥٠ غ' },
  by: people.omar,
})

const names = ['Rex', 'Mia', 'Balú', 'Oskar', 'Lili', 'Sam', 'Žofka', 'Ben', 'Kiki', 'Max', 'Nero', 'Luna']

/** As many as wanted, of four types, from minutes to days old. */
export const manyConflicts = (count: number): Conflict[] =>
  Array.from({ length: count }, (_, index): Conflict => {
    const name = names[index % names.length] ?? 'Rex'
    const common = {
      id: index + 1,
      entityId: 100 + index,
      minutes: 3 + index * 37,
      by: index % 3 === 0 ? people.eva : people.novak,
    }
    if (index % 4 === 1)
      return conflictOf({
        ...common,
        entityType: 'appointment',
        base: { reason: `Check-up ${name}`, startsAt: '2026-11-20T09:00:00Z' },
        mine: { reason: `Check-up ${name}`, startsAt: '2026-11-20T10:30:00Z' },
        theirs: { reason: `Check-up ${name}`, startsAt: '2026-11-21T08:00:00Z' },
      })
    if (index % 4 === 3)
      return conflictOf({
        ...common,
        entityType: 'client',
        base: { name: `${name} Svoboda`, phone: '601 000 000', email: '' },
        mine: { name: `${name} Svoboda`, phone: '601 000 111', email: 'a@example.com' },
        theirs: { name: `${name} Svoboda`, phone: '601 000 222', email: 'b@example.com' },
      })
    return conflictOf({
      ...common,
      entityType: 'pet',
      base: { name, weightKg: 10, diet: 'Standard' },
      mine: { name, weightKg: 10.4, diet: 'Light' },
      theirs: { name, weightKg: 9.8, diet: index % 8 === 0 ? 'Renal' : 'Standard' },
    })
  })

export const allBadges: Conflict[] = [
  { ...bellaConflict, id: 1 },
  { ...updateDelete, id: 2, operation: { ...updateDelete.operation, entityId: 13 } },
  { ...emptyVersusValue, id: 3, error: { code: 'CONFLICT_MOVED', message: 'the row moved' } },
  { ...longSoapNote, id: 4, status: 'deciding' },
  { ...deleteUpdate, id: 5, operation: { ...deleteUpdate.operation, entityId: 14 } },
]

export const statusOf = (overrides: Partial<SyncStatusSnapshot> = {}): SyncStatusSnapshot => ({
  state: 'idle',
  tags: ['settled', 'canQueue'],
  online: true,
  pending: 0,
  sending: 0,
  conflicts: 0,
  rejected: 0,
  retryAt: null,
  lastSyncedAt: minutesAgo(2),
  lastError: null,
  progress: { phase: 'idle', done: 0, total: 0 },
  ...overrides,
})
