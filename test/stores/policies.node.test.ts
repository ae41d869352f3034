import { describe, expect, test } from 'vitest'
import type { ConflictPolicy } from '../../src/protocol/schema.ts'
import { defineSchema } from '../../src/protocol/schema.ts'
import { triageConflicts } from '../../src/stores/conflicts.ts'
import { Device, deletionOf, refusal, rowOf } from '../support/store-harness.ts'

const ROW = { name: 'Bella', note: 'x' }

const inConflict = async (
  strategy: ConflictPolicy['strategy'],
  kind: 'update-update' | 'update-delete' | 'delete-update',
) => {
  const schema = defineSchema({
    version: 1,
    entities: {
      pet: {
        fields: { name: { type: 'text' }, note: { type: 'text' } },
        ...(strategy === undefined ? {} : { conflict: { strategy } }),
      },
    },
  })
  const device = await Device.open({ schema: schema as never })
  await device.receive({ entities: [rowOf('pet', 10, 5, ROW)] })
  if (kind === 'delete-update') await device.delete('pet', 10)
  else await device.update('pet', 10, { name: 'Bea' })
  if (kind === 'update-delete')
    await device.receive({ cursor: 'c1.2', deletions: [deletionOf('pet', 10, 6)] })
  else await device.receive({ cursor: 'c1.2', entities: [rowOf('pet', 10, 6, { ...ROW, name: 'Bo' })] })
  expect(await device.conflict()).toMatchObject({ kind, status: 'open' })
  return device
}

describe('what a policy decides without a person', () => {
  test('POL1 by default nothing', async () => {
    const device = await inConflict(undefined, 'update-update')
    const before = await device.dump()
    await device.step((unit) => triageConflicts(unit))
    expect(await device.dump()).toEqual(before)
  })

  test('POL2 server-wins and client-wins decide update-update, and the journal says that it was the policy', async () => {
    const server = await inConflict('server-wins', 'update-update')
    await server.step((unit) => triageConflicts(unit))
    expect(await server.conflicts()).toEqual([])
    expect(await server.shown('pet', 10)).toMatchObject({ name: 'Bo' })
    expect(await server.history()).toMatchObject([
      {
        decidedBy: 'policy',
        strategy: 'server-wins',
        localData: { name: 'Bea' },
        serverData: { name: 'Bo' },
      },
    ])
    const client = await inConflict('client-wins', 'update-update')
    await client.step((unit) => triageConflicts(unit))
    expect((await client.claimed()).operations).toMatchObject([
      { data: { name: 'Bea' }, base: { name: 'Bo' }, baseVersion: 6 },
    ])
    expect(await client.history()).toMatchObject([{ decidedBy: 'policy', strategy: 'client-wins' }])
  })

  test('POL3 never a deletion', async () => {
    for (const strategy of ['server-wins', 'client-wins'] as const)
      for (const kind of ['update-delete', 'delete-update'] as const) {
        const device = await inConflict(strategy, kind)
        await device.step((unit) => triageConflicts(unit))
        expect(await device.conflict()).toMatchObject({ kind, status: 'open' })
      }
  })

  test('POL4 a decision that was refused is left to a person', async () => {
    const device = await inConflict('client-wins', 'update-update')
    await device.step((unit) => triageConflicts(unit))
    await device.settleWith([refusal('FORBIDDEN')])
    await device.step((unit) => triageConflicts(unit))
    expect(await device.conflict()).toMatchObject({ status: 'open', error: { code: 'FORBIDDEN' } })
    expect(await device.claim()).toBeNull()
  })
})
