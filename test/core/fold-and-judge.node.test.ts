import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fold, statusOf } from '../../src/core/fold.ts'
import { judge } from '../../src/core/judge.ts'
import { collidingFields, differingFields, withChanges } from '../../src/core/merge.ts'
import type { OperationState, StoredOperation } from '../../src/core/model.ts'
import { tidy } from '../../src/core/squash.ts'
import type { JsonObject } from '../../src/protocol/json.ts'

const operation = (seq: number, fields: Partial<StoredOperation>): StoredOperation => ({
  seq,
  id: `op-${seq}`,
  type: 'update',
  entityType: 'pet',
  entityId: 1,
  state: 'unsent',
  priority: 0,
  enqueuedAt: 0,
  editedAt: seq,
  ...fields,
})

const VALUES = [undefined, 1, 2] as const
const row = (value: number | undefined): JsonObject => (value === undefined ? {} : { f: value })

describe('colliding fields', () => {
  const cases = VALUES.flatMap((base) =>
    VALUES.flatMap((theirs) => VALUES.map((mine) => [base, theirs, mine] as const)),
  )

  test.each(cases)('MRG1 base %s, theirs %s, mine %s', (base, theirs, mine) => {
    const collides = theirs !== mine && theirs !== base
    const changes = { f: mine ?? null }
    expect(collidingFields(row(base), row(theirs), changes)).toEqual(collides ? ['f'] : [])
    expect(collidingFields({ f: base ?? null }, { f: theirs ?? null }, changes)).toEqual(
      collides ? ['f'] : [],
    )
    expect(collidingFields(undefined, row(theirs), changes)).toEqual(theirs === mine ? [] : ['f'])
    expect(collidingFields(null, row(theirs), changes)).toEqual(theirs === mine ? [] : ['f'])
  })

  test('MRG2 only fields of the change collide; nested values are compared by content', () => {
    expect(collidingFields({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 3 })).toEqual(['a'])
    expect(collidingFields({ a: { x: 1 } }, { a: { x: 2, y: null } }, { a: { x: 2 } })).toEqual([])
    expect(collidingFields({ a: [1] }, { a: [1, 2] }, { a: [2] })).toEqual(['a'])
    expect(collidingFields({ a: 1 }, null, { a: 2 })).toEqual(['a'])
  })

  test('MRG3 differing fields are those whose values differ, absent and null alike', () => {
    expect(differingFields({ a: 1, b: null, c: 3 }, { c: 4, d: 5, e: null })).toEqual(['a', 'c', 'd'])
    expect(differingFields(null, { a: 1 })).toEqual(['a'])
    expect(differingFields(null, null)).toEqual([])
  })

  test('MRG4 changes over a row: null clears, a field without a value is left out, inputs stay as they are', () => {
    const base = Object.freeze({ a: 1, b: 2 })
    expect(withChanges(base, { b: null, c: 3, d: null })).toEqual({ a: 1, c: 3 })
    expect(withChanges(null, { a: 1 })).toEqual({ a: 1 })
  })
})

describe('fold', () => {
  test('FLD1 operations apply in order; a refused delete is not applied, any other delete hides the record', () => {
    const update = operation(1, { data: { a: 2, b: null } })
    expect(fold({ a: 1, b: 1 }, [update])).toEqual({ a: 2 })
    for (const state of ['unsent', 'sent', 'conflict'] as const)
      expect(fold({ a: 1 }, [operation(1, { type: 'delete', state })])).toBeNull()
    expect(fold({ a: 1 }, [operation(1, { type: 'delete', state: 'rejected' })])).toEqual({ a: 1 })
    expect(fold(null, [operation(1, { type: 'create', data: { a: 1, b: null } }), update])).toEqual({ a: 2 })
    expect(fold({ z: 1 }, [operation(1, { type: 'create', data: { a: 1 } })])).toEqual({ a: 1 })
    expect(fold({ a: 1 }, [])).toEqual({ a: 1 })
    expect(fold(null, [])).toBeNull()
  })

  test('FLD3 an edit behind a delete (made while a decision showed the record) is one of the whole row', () => {
    const deleted = operation(1, { type: 'delete', state: 'conflict' })
    expect(fold({ a: 1, b: 2 }, [deleted, operation(2, { data: { a: 3 } })])).toEqual({ a: 3, b: 2 })
    expect(fold({ a: 1 }, [operation(2, { data: { a: 3 } }), deleted])).toBeNull()
  })

  test('FLD4 over a tombstone an edit shows the last row with it; one that changes nothing accepts the deletion', () => {
    expect(fold({ a: 1, b: 2 }, [], true)).toBeNull()
    expect(fold({ a: 1, b: 2 }, [operation(1, { data: { a: 3 } })], true)).toEqual({ a: 3, b: 2 })
    expect(fold({ a: 1 }, [operation(1, { data: {} })], true)).toBeNull()
    expect(fold({ a: 1 }, [operation(1, { data: {} })])).toEqual({ a: 1 })
    expect(fold({ a: 1 }, [operation(1, { type: 'delete', state: 'rejected' })], true)).toBeNull()
    expect(fold({ a: 1 }, [operation(1, { type: 'create', data: { a: 5 } })], true)).toEqual({ a: 5 })
  })

  test('FLD2 of several states: rejected > conflict > sending > pending > synced', () => {
    const order: [OperationState, string][] = [
      ['rejected', 'rejected'],
      ['conflict', 'conflict'],
      ['sent', 'sending'],
      ['unsent', 'pending'],
    ]
    order.forEach(([, status], index) => {
      const states = order.slice(index).map(([other]) => ({ state: other }))
      expect(statusOf(states)).toBe(status)
      expect(statusOf(states.reverse())).toBe(status)
    })
    expect(statusOf([])).toBe('synced')
  })
})

describe('judging', () => {
  const update = (fields: Partial<StoredOperation> = {}) =>
    operation(1, { data: { a: 2 }, own: { a: 1 }, ...fields })
  const remove = (fields: Partial<StoredOperation> = {}) =>
    operation(1, { type: 'delete', own: { a: 1 }, ...fields })

  test('JDG1 an update disagrees where the row under it differs from its ground and from its value', () => {
    expect(judge({ a: 1 }, false, [update()])).toBeNull()
    expect(judge({ a: 2 }, false, [update()])).toBeNull()
    expect(judge({ a: 3 }, false, [update()])).toMatchObject({ kind: 'update-update', fields: ['a'] })
    expect(judge({}, false, [update()])).toMatchObject({ fields: ['a'] })
  })

  test('JDG2 the row under it is the base with the earlier operations: what was refused counts, what comes later does not', () => {
    const refused = operation(0, { data: { a: 5 }, own: { a: 1 }, state: 'rejected' })
    expect(judge({ a: 1 }, false, [refused, update({ own: { a: 5 } })])).toBeNull()
    expect(judge({ a: 1 }, false, [refused, update()])).toMatchObject({ fields: ['a'] })
  })

  test('JDG3 a delete disagrees with any field that differs from the row it was made on', () => {
    expect(judge({ a: 1 }, false, [remove()])).toBeNull()
    expect(judge({ a: 1, b: null }, false, [remove()])).toBeNull()
    expect(judge({ a: 1, b: 2 }, false, [remove()])).toMatchObject({ kind: 'delete-update', fields: ['b'] })
  })

  test('JDG4 over a tombstone an update is update-delete, a delete goes on', () => {
    expect(judge({ a: 1 }, true, [update()])).toMatchObject({ kind: 'update-delete', fields: ['a'] })
    expect(judge({ a: 7 }, true, [remove()])).toBeNull()
  })

  test('JDG5 nothing is judged while something of the record is sent, in conflict or decided, nor a create', () => {
    const decision = update({ decides: { conflict: 1, base: null, baseVersion: null } })
    for (const other of [update({ state: 'sent' }), update({ state: 'conflict' }), decision]) {
      expect(judge({ a: 3 }, false, [{ ...other, seq: 0 }, update()])).toBeNull()
      expect(judge({ a: 3 }, false, [update(), { ...other, seq: 2 }])).toBeNull()
    }
    expect(judge({ a: 3 }, false, [decision])).toBeNull()
    expect(judge(null, false, [operation(0, { type: 'create', data: {} })])).toBeNull()
    expect(judge({ a: 3 }, false, [update({ state: 'rejected' })])).toBeNull()
    expect(judge({ a: 3 }, false, [])).toBeNull()
  })
})

describe('a list of open operations', { timeout: 60_000 }, () => {
  const field = fc.constantFrom('a', 'b', 'c')
  const changes = fc.dictionary(field, fc.integer({ min: 1, max: 9 }), { minKeys: 1 })

  /** What a person does to a shown record, with what the server may say in between. */
  const script = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: changes.map((data) => ({ kind: 'update' as const, data })) },
      { weight: 1, arbitrary: fc.constant({ kind: 'delete' as const }) },
      { weight: 2, arbitrary: fc.constant({ kind: 'refuse' as const }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'send' as const }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'retry' as const }) },
    ),
    { maxLength: 12 },
  )

  const pick = (from: JsonObject, names: string[]): JsonObject =>
    Object.fromEntries(names.map((name) => [name, from[name] ?? null]))

  test('SQU1 whatever people and server do: one unsent, no field twice, and what is shown is the newest word', () => {
    fc.assert(
      fc.property(script, fc.boolean(), (steps, isNew) => {
        const base: JsonObject | null = isNew ? null : { a: 0, b: 0 }
        let list = isNew ? [operation(0, { type: 'create', data: { a: 0, b: 0 } })] : []
        let seq = 0
        for (const step of steps) {
          const shown = fold(base, list)
          if (step.kind === 'update' && shown !== null) {
            const create = list.find((other) => other.type === 'create' && other.state === 'rejected')
            if (create !== undefined)
              list = list.map((other) => (other === create ? { ...other, state: 'unsent' } : other))
            list = tidy([
              ...list,
              operation(++seq, { data: step.data, own: pick(shown, Object.keys(step.data)) }),
            ])
            expect(fold(base, list)).toEqual({ ...shown, ...step.data })
          } else if (step.kind === 'delete' && shown !== null) {
            list = tidy([...list, operation(++seq, { type: 'delete', own: shown })])
            expect(fold(base, list)).toBeNull()
            if (isNew && list.length === 0) return
          } else if (step.kind === 'send') {
            if (list.some((other) => other.state === 'sent')) continue
            list = list.map((other) => (other.state === 'unsent' ? { ...other, state: 'sent' } : other))
          } else if (step.kind === 'refuse') {
            const hadDelete = list.some((other) => other.type === 'delete' && other.state === 'sent')
            list = tidy(
              list.map((other) => (other.state === 'sent' ? { ...other, state: 'rejected' } : other)),
            )
            if (!hadDelete && list.length > 0) expect(fold(base, list)).toEqual(shown)
            if (isNew && list.length === 0) return
          } else if (step.kind === 'retry') {
            const refused = list.find((other) => other.state === 'rejected')
            if (refused === undefined) continue
            list = tidy([...list.filter((other) => other !== refused), { ...refused, state: 'unsent' }])
          }
          expect(list.filter((other) => other.state === 'unsent').length).toBeLessThanOrEqual(1)
          list.forEach((other, index) => {
            if (other.state !== 'rejected') return
            for (const later of list.slice(index + 1).filter((next) => next.state !== 'rejected')) {
              expect(later.type).not.toBe('delete')
              for (const name of Object.keys(other.data ?? {}))
                expect(later.data ?? {}).not.toHaveProperty(name)
            }
          })
          expect(tidy(list)).toEqual(list)
          tidy(list).forEach((other, index) => {
            expect(other).toBe(list[index])
          })
          // A ground is what the server has, or what an operation before it made of that: nothing here moved the server.
          expect(judge(base, false, list)).toBeNull()
        }
      }),
      { numRuns: 400 },
    )
  })

  test('SQU2 a decision is never squashed into, and takes nothing from what was refused', () => {
    const decision = operation(2, {
      data: { a: 3 },
      own: { a: 1 },
      decides: { conflict: 1, base: null, baseVersion: 1 },
    })
    const list = [
      operation(1, { data: { a: 2 }, own: { a: 1 }, state: 'rejected' }),
      decision,
      operation(3, { data: { b: 4 }, own: { b: 1 } }),
      operation(4, { data: { b: 5, c: 6 }, own: { b: 4, c: 1 } }),
    ]
    const [refused, kept, edit, ...rest] = tidy(list)
    expect(rest).toEqual([])
    expect(refused).toBe(list[0])
    expect(kept).toBe(decision)
    expect(edit).toMatchObject({ seq: 3, id: 'op-3', data: { b: 5, c: 6 }, own: { b: 1, c: 1 }, editedAt: 4 })
  })
})
