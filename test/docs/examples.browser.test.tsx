import { afterEach, describe, expect, it } from 'vitest'
import { render } from 'vitest-browser-react'
import { createSyncEngine, defineSchema, memoryStorage, type SyncEngine, SyncError } from '../../src/index.ts'
import { ConnectivityDot } from './examples/connectivity-dot.tsx'
import { OwnLifecycle } from './examples/own-lifecycle.tsx'
import { PetScreen } from './examples/pet-screen.tsx'

const schema = defineSchema({ version: 1, entities: { pet: { fields: { name: { type: 'text' } } } } })

const refuse = async () => {
  throw new SyncError('NETWORK', 'there is no server in this test')
}

const silent = { upload: refuse, download: refuse, listConflicts: refuse, resolveConflict: refuse }
let engine: SyncEngine

const start = () => {
  const made = createSyncEngine({
    schema,
    tenantId: 'happy-paws',
    userId: 'eva',
    transport: silent,
    storage: memoryStorage(),
  })
  engine = made as unknown as SyncEngine
  return made
}

afterEach(async () => {
  await engine?.stop()
})

describe('the examples of the documentation', () => {
  it('DOC3 the React example shows what is written, offline too', async () => {
    await start().entities.create('pet', { name: 'Bella' })
    const screen = await render(<PetScreen engine={engine} />)
    await expect.element(screen.getByText('Bella, pending')).toBeVisible()
  })

  it('DOC4 the raw machines can be looked at with @xstate/react', async () => {
    start()
    const screen = await render(<ConnectivityDot engine={engine} />)
    await expect.element(screen.getByText('offline')).toBeVisible()
  })

  it('DOC5 the lifecycle runs over parts of a host', async () => {
    const screen = await render(<OwnLifecycle />)
    await expect.element(screen.getByText('idle')).toBeVisible()
  })
})
