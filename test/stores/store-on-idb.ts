import { describe, expect, test } from 'vitest'
import { idbStorage } from '../../src/adapters/idb-storage.ts'
import { ModelServer } from '../support/model-server.ts'
import { practice } from '../support/practice.ts'
import { manualClock } from '../support/seeded.ts'
import { Device } from '../support/store-harness.ts'
import { freshName } from './storage-contract.ts'

/**
 * A unit awaits only what its transaction answers: a polyfill forgives much of what a browser does not, so the whole way is
 * walked on both.
 */
export const describeStoreOnIdb = (name: string): void => {
  describe(`the store on ${name}`, () => {
    test('REC11 a day of two devices: new records, edits, a conflict, a deletion, a reload, a reset', async () => {
      const clock = manualClock()
      const server = new ModelServer({ schema: practice as never, merges: true, now: () => clock.now() })
      const [a, b] = [
        await Device.open({ name: freshName(), storage: idbStorage(), clock, seed: 1 }),
        await Device.open({ name: freshName(), storage: idbStorage(), clock, seed: 2 }),
      ] as [Device, Device]
      const owner = await a.create('client', { name: 'Ada', phone: '1' })
      const pets: string[] = []
      for (let index = 0; index < 12; index++)
        pets.push(await a.create('pet', { name: `pet ${index}`, clientId: owner }))
      await a.create('round', {
        petIds: pets,
        items: pets.map((petId) => ({ petId })),
        byPlace: { hall: pets[0] ?? '' },
      })
      await a.sync(server, 5, 4)
      await b.sync(server, 5, 4)
      expect((await b.list('pet')).map(({ data }) => data.clientId)).toEqual(Array(12).fill(1))
      expect((await b.list('round'))[0]?.data.petIds).toEqual((await b.list('pet')).map(({ id }) => id))

      await a.update('client', owner, { name: 'Ada L.' })
      await b.update('client', 1, { name: 'A. Lovelace', phone: null })
      await b.sync(server)
      await a.reopen()
      await a.sync(server)
      expect(await a.conflict()).toMatchObject({ kind: 'update-update', fields: ['name'] })
      await a.update('pet', pets[0] as string, { weightKg: 4 })
      await a.decide((await a.conflict()).id, 'client-wins')
      await a.delete('round', (await a.list('round'))[0]?.id ?? 0)
      await a.sync(server, 1)
      server.expireCursors()
      await b.sync(server, 50, 3)
      expect(await b.shown('client', 1)).toEqual({ name: 'Ada L.' })
      expect(await b.list('round')).toEqual([])
      for (const type of ['client', 'pet', 'round'])
        expect((await a.list(type)).map(({ id, data, version }) => ({ id, data, version }))).toEqual(
          (await b.list(type)).map(({ id, data, version }) => ({ id, data, version })),
        )
      expect(await a.operations()).toEqual([])
      for (const device of [a, b]) await device.store.close()
    }, 60_000)
  })
}
