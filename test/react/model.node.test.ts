import { describe, expect, test } from 'vitest'
import type { SyncStatusSnapshot } from '../../src/engine/types.ts'
import { defineSchema } from '../../src/protocol/schema.ts'
import { en, withMessages } from '../../src/react/messages.ts'
import { conflictView, originOf, resultOf } from '../../src/react/model/conflict-view.ts'
import { formatTime, formatValue, isolate, recordTitle } from '../../src/react/model/format.ts'
import { arrange, badgeOf, bulkPlan, pageOf } from '../../src/react/model/list.ts'
import { initialResolverState, nextResolverState } from '../../src/react/model/resolver.ts'
import { countMarks, diffRows } from '../../src/react/model/rows.ts'
import type { StatusKey } from '../../src/react/model/status.ts'
import { statusKey, statusLine } from '../../src/react/model/status.ts'
import { actionWords, reasonOf } from '../../src/react/model/words.ts'
import { idleStatus, petConflict } from '../support/fake-engine.ts'

const schema = defineSchema({
  version: 1,
  entities: {
    pet: {
      fields: {
        name: { type: 'text', required: true },
        weightKg: { type: 'number', label: 'Weight (kg)' },
        diet: { type: 'text' },
        address: { type: 'object' },
      },
    },
  },
})
const pet = schema.types.pet ?? null
const context = { messages: en, locale: 'en-GB', timeZone: 'UTC' }
const marksOf = (rows: ReturnType<typeof diffRows>) =>
  Object.fromEntries(rows.map((row) => [row.path, `${row.localMark} ${row.serverMark}`]))

describe('rows of a comparison', () => {
  const local = { same: 1, changed: 'a', onlyHere: true }
  const server = { same: 1, changed: 'b', onlyThere: 'x' }

  test('UI20 without an ancestor the two sides are read from this device to the server', () => {
    expect(marksOf(diffRows({ local, server }, null))).toEqual({
      same: 'equal equal',
      changed: 'changed changed',
      onlyHere: 'removed equal',
      onlyThere: 'equal added',
    })
  })

  test('UI20 with an ancestor each side is marked by what it did to it', () => {
    const base = { same: 1, changed: 'a', onlyHere: true, onlyThere: null }
    expect(marksOf(diffRows({ local, server, base }, null))).toEqual({
      same: 'equal equal',
      changed: 'equal changed',
      onlyHere: 'equal removed',
      onlyThere: 'equal added',
    })
  })

  test('UI20 nothing, null and the empty text are one and the same emptiness', () => {
    const rows = diffRows({ local: { a: '', b: null }, server: { a: null } }, null)
    expect(rows.map((row) => row.isEqual)).toEqual([true, true])
  })

  test('UI22 order and labels come from the schema, then what it does not know in words', () => {
    const rows = diffRows(
      { local: { ownerPhone: '1', diet: 'x', name: 'B' }, server: { weightKg: 3, name: 'B' } },
      pet,
    )
    expect(rows.map((row) => row.label)).toEqual(['Name', 'Weight (kg)', 'Diet', 'Owner phone'])
  })

  test('UI21 a nested object is a row with rows of its own, and counts what is inside', () => {
    const [row] = diffRows(
      {
        local: { address: { city: 'Brno', floor: '3', geo: { lat: 1 } } },
        server: { address: { city: 'Praha', zip: '1', geo: { lat: 2 } } },
      },
      pet,
    )
    expect(row?.children.map((child) => child.path)).toEqual([
      'address.city',
      'address.floor',
      'address.geo',
      'address.zip',
    ])
    expect(row && countMarks(row)).toEqual({ added: 1, removed: 1, changed: 2 })
  })

  test('UI21 keys that objects are born with are fields like any other', () => {
    const rows = diffRows({ local: { constructor: 'a', toString: 'b' }, server: { constructor: 'c' } }, null)
    expect(rows.map((row) => row.path)).toEqual(['constructor', 'toString'])
  })
})

describe('what a decision leads to', () => {
  const conflict = petConflict({
    operation: { ...petConflict().operation, data: { weightKg: 24.1, diet: 'Light' } },
    localData: { name: 'Bella', weightKg: 24.1, diet: 'Light', chip: '1' },
    serverData: { name: 'Bella', weightKg: 23.8, diet: 'Renal', chip: '2' },
    baseData: { weightKg: 24.5, diet: 'Renal' },
  })
  const view = conflictView(conflict, pet)
  const result = (side: 'local' | 'server') =>
    Object.fromEntries([...view.conflicting, ...view.automatic].map((row) => [row.path, resultOf(row, side)]))

  test('UI18 a field asks when both sides changed it; one that a single side changed does not', () => {
    expect(view.conflicting.map((row) => row.path)).toEqual(['weightKg'])
    expect(view.automatic.map((row) => [row.path, row.state])).toEqual([
      ['diet', 'auto-local'],
      ['chip', 'auto-server'],
    ])
    expect(view.unchanged.map((row) => row.path)).toEqual(['name'])
  })

  test('UI18 Keep Local keeps what only the server changed; Use Server takes all of it', () => {
    expect(result('local')).toEqual({ weightKg: 24.1, diet: 'Light', chip: '2' })
    expect(result('server')).toEqual({ weightKg: 23.8, diet: 'Renal', chip: '2' })
    expect(view.automatic.map((row) => originOf(row, 'local'))).toEqual(['local', 'server'])
  })

  test('UI15 the consequence counts what is lost, and names who loses it', () => {
    expect(actionWords(view, context)).toEqual({
      local: { label: 'Keep Local', hint: 'Replaces 1 change by Dr. Novák on the server.' },
      server: { label: 'Use Server', hint: 'Drops your 2 changes from this device.' },
    })
  })

  test('UI15 deletions have words of their own', () => {
    const mine = petConflict({ kind: 'update-delete', serverData: null })
    const theirs = petConflict({
      kind: 'delete-update',
      localData: null,
      baseData: { name: 'Bella', weightKg: 24.5, clientId: 4 },
    })
    const words = (of: typeof mine) => Object.values(actionWords(conflictView(of, pet), context))
    expect(words(mine)).toEqual([
      { label: 'Restore with my changes', hint: 'Brings the record back for everyone, with your changes.' },
      { label: 'Accept deletion', hint: 'Drops your 1 change from this device.' },
    ])
    expect(words(theirs)).toEqual([
      { label: 'Delete it anyway', hint: 'Deletes the record for everyone, with 1 change by Dr. Novák.' },
      { label: 'Keep the record', hint: "Takes your deletion back and shows Dr. Novák's version." },
    ])
  })

  test('UI13 a reason is told in words for people, or not at all', () => {
    expect(reasonOf({ code: 'QUOTA_EXCEEDED' }, en)).toBe('This device has no space left.')
    expect(reasonOf(new Error('ECONNRESET at 0x7f'), en)).toBe('')
    expect(reasonOf(null, en)).toBe('')
  })
})

describe('steps of the panel', () => {
  const chosen = nextResolverState(initialResolverState, { type: 'chosen', side: 'local', revision: 'a' })

  test('UI14 a record that moves under a preview leads back to the choice, once', () => {
    expect(nextResolverState(chosen, { type: 'moved', revision: 'a' })).toBe(chosen)
    expect(nextResolverState(chosen, { type: 'moved', revision: 'b' })).toEqual({
      phase: 'choosing',
      moved: true,
      last: 'local',
    })
  })

  test('UI14 what moves while it is being saved moved because of the save', () => {
    const applying = nextResolverState(chosen, { type: 'applied' })
    expect(nextResolverState(applying, { type: 'moved', revision: 'b' })).toBe(applying)
  })

  test('UI13 a decision that comes back refused asks again; an old refusal does not', () => {
    const applying = nextResolverState(chosen, { type: 'applied' })
    const resolved = nextResolverState(applying, { type: 'saved', refusal: 'null' })
    expect(nextResolverState(resolved, { type: 'returned', refusal: 'null' })).toBe(resolved)
    expect(nextResolverState(resolved, { type: 'returned', refusal: 'moved' })).toEqual(initialResolverState)
  })

  test('UI10 nothing is applied that was not looked at', () => {
    expect(nextResolverState(initialResolverState, { type: 'applied' })).toBe(initialResolverState)
    expect(nextResolverState(initialResolverState, { type: 'saved', refusal: 'null' })).toBe(
      initialResolverState,
    )
  })
})

describe('the list', () => {
  const many = Array.from({ length: 120 }, (_, index) =>
    petConflict({
      id: index + 1,
      detectedAt: 1_000 + index,
      operation: { ...petConflict().operation, entityType: index % 2 === 0 ? 'pet' : 'client' },
    }),
  )

  test('UI31 newest first, oldest first, by type, in pages of fifty', () => {
    expect(arrange(many, null, 'newest')[0]?.id).toBe(120)
    expect(arrange(many, null, 'oldest')[0]?.id).toBe(1)
    expect(arrange(many, 'client', 'newest')).toHaveLength(60)
    expect(pageOf(many, 3, 50)).toMatchObject({ page: 3, pages: 3, from: 101, to: 120 })
  })

  test('UI31 a page that is gone shows the last one that is there', () => {
    expect(pageOf(many.slice(0, 20), 3, 50)).toMatchObject({ page: 1, pages: 1, from: 1, to: 20 })
    expect(pageOf([], 1, 50)).toMatchObject({ page: 1, from: 0, to: 0 })
  })

  test('UI32 a decision about many leaves out deletions and what is decided already', () => {
    const plan = bulkPlan(
      [
        petConflict({ id: 1 }),
        petConflict({ id: 2, kind: 'update-delete', serverData: null }),
        petConflict({ id: 3, status: 'deciding' }),
        petConflict({ id: 4, affectedFields: ['name', 'weightKg'] }),
      ],
      'local',
    )
    expect(plan).toEqual({ side: 'local', ids: [1, 4], perType: [['pet', 2]], values: 3, excluded: 1 })
  })

  test('UI34 each conflict has the one badge that says most', () => {
    const error = { code: 'CONFLICT_MOVED', message: '' }
    expect(badgeOf(petConflict(), false)).toBe('needs-review')
    expect(badgeOf(petConflict({ kind: 'delete-update', localData: null }), false)).toBe('deleted')
    expect(badgeOf(petConflict({ error }), false)).toBe('failed')
    expect(badgeOf(petConflict({ error, status: 'deciding' }), false)).toBe('waiting')
    expect(badgeOf(petConflict({ error }), true)).toBe('resolving')
  })
})

const lines: [StatusKey, Partial<SyncStatusSnapshot>][] = [
  ['storage-problem', { state: 'quotaExceeded', conflicts: 1 }],
  ['signed-out', { state: 'authRequired', conflicts: 1, pending: 2 }],
  ['stopped', { state: 'error', conflicts: 1 }],
  ['conflicts', { state: 'pausedOffline', tags: ['offline'], conflicts: 1, pending: 2 }],
  ['paused', { state: 'pausedByUser', tags: ['paused'], pending: 2 }],
  ['offline-pending', { state: 'pausedOffline', tags: ['offline'], pending: 2, rejected: 1 }],
  ['offline', { state: 'pausedOffline', tags: ['offline'] }],
  ['unreachable', { state: 'retry', tags: ['waiting'], pending: 2, rejected: 1 }],
  ['rejected', { tags: ['busy'], rejected: 1 }],
  ['syncing', { tags: ['busy'], pending: 2 }],
  ['pending', { pending: 2 }],
  ['up-to-date', { lastSyncedAt: 1 }],
  ['not-yet', {}],
]

describe('the status line', () => {
  test.each(lines)('UI40 %s is the first that is true of %o', (key, changes) => {
    expect(statusKey({ ...idleStatus, ...changes })).toBe(key)
  })

  test('UI41 offline is calm: neutral, and without a word of failure', () => {
    const offline = lines.filter(([key]) => key.startsWith('offline') || key === 'unreachable')
    for (const [, changes] of offline) {
      const line = statusLine({ ...idleStatus, ...changes }, en)
      expect(line.tone).toBe('neutral')
      expect(`${line.text} ${line.detail}`).not.toMatch(/error|fail/i)
    }
  })
})

describe('formats', () => {
  test('UI22 values read as people write them', () => {
    const format = (value: Parameters<typeof formatValue>[0], type?: Parameters<typeof formatValue>[1]) =>
      formatValue(value, type, context)
    expect(format(null)).toBe('(empty)')
    expect(format('')).toBe('(empty)')
    expect(format([])).toBe('(empty)')
    expect(format(false)).toBe('No')
    expect(format(1234.5)).toBe('1,234.5')
    expect(format(203, 'ref')).toBe('203')
    expect(format('2019-04-02', 'date')).toBe('2 Apr 2019')
    expect(format('2026-11-20T10:30:00Z', 'datetime')).toBe('20 Nov 2026, 10:30')
    expect(format('not a date', 'date')).toBe('not a date')
    expect(format(['Rabies', 'Distemper'])).toBe('Rabies and Distemper')
    expect(format([{ a: 1 }, { a: 2 }])).toBe('2 entries')
    expect(format({ street: 'Lipová 12', zip: null })).toBe('Street: Lipová 12')
  })

  test('UI22 a calendar date is the same day in every time zone', () => {
    const far = { ...context, timeZone: 'Pacific/Honolulu' }
    expect(formatValue('2019-04-02', 'date', far)).toBe('2 Apr 2019')
  })

  test('UI22 times are relative within a day where the present is known, else exact', () => {
    const now = Date.UTC(2026, 10, 18, 10, 30)
    expect(formatTime(now - 20_000, now, context)).toBe('now')
    expect(formatTime(now - 14 * 60_000, now, context)).toBe('14 minutes ago')
    expect(formatTime(now - 3 * 3_600_000, now, context)).toBe('3 hours ago')
    expect(formatTime(now - 30 * 3_600_000, now, context)).toBe('17 Nov 2026, 04:30')
    expect(formatTime(now, undefined, context)).toBe('18 Nov 2026, 10:30')
  })

  test('UI22 a record without a name is its type and id', () => {
    expect(recordTitle({ name: 'Bella' }, 'pet', pet, 12, context)).toBe('Bella')
    expect(recordTitle({ name: '' }, 'pet', pet, 12, context)).toBe('Pet #12')
    expect(recordTitle(null, 'labResult', null, 7, context)).toBe('Lab result #7')
  })

  test('UI63 a value inside a sentence that runs the other way is set apart', () => {
    expect(isolate('Bella', undefined)).toBe('Bella')
    expect(isolate('Bella', 'rtl')).toBe('\u2068Bella\u2069')
    expect(isolate('لولو', 'ltr')).toBe('\u2068لولو\u2069')
  })

  test('UI62 a host overrides any word, at any depth, and keeps the rest', () => {
    const pack = withMessages(en, { keepLocal: 'Keep mine', list: { badges: { waiting: 'Queued' } } })
    expect([pack.keepLocal, pack.list.badges.waiting, pack.list.badges.failed]).toEqual([
      'Keep mine',
      'Queued',
      'Not saved',
    ])
    expect(en.keepLocal).toBe('Keep Local')
  })
})
