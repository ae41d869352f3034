import type { ConflictPolicy, Schema } from '../protocol/schema.ts'
import { defineSchema } from '../protocol/schema.ts'
import type { Random } from './random.ts'

export const TEXT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  client: ['name', 'phone', 'note'],
  pet: ['name', 'note'],
  visit: ['reason', 'note'],
}

export const REQUIRED: Readonly<Record<string, string>> = { client: 'name', pet: 'name', visit: 'reason' }

/** A small practice: chains of three, a reference that may be empty, one that may not, and a list of them. */
export const drawSchema = (random: Random): Schema => {
  const strategy = (): ConflictPolicy => ({
    strategy: random.weighted({ manual: 8, 'server-wins': 1, 'client-wins': 1 }),
  })
  return defineSchema({
    version: 1,
    entities: {
      client: {
        fields: { name: { type: 'text', required: true }, phone: { type: 'text' }, note: { type: 'text' } },
        conflict: strategy(),
      },
      pet: {
        fields: { name: { type: 'text', required: true }, note: { type: 'text' } },
        references: { clientId: { to: 'client' } },
        conflict: strategy(),
      },
      visit: {
        fields: { reason: { type: 'text', required: true }, note: { type: 'text' } },
        references: { petId: { to: 'pet', required: true }, 'witnessIds[]': 'client' },
        conflict: strategy(),
      },
    },
  }) as unknown as Schema
}
