import type { SyncEngine } from '../../../src/index.ts'
import { SyncProvider, SyncStatus, useEntities, useSyncEngine } from '../../../src/react/index.ts'
import '../../../src/react/styles.css'

const Pets = () => {
  const pets = useEntities<{ name: string }>('pet', { orderBy: 'name' })
  const { sync, syncStatus } = useSyncEngine()
  return (
    <>
      <SyncStatus />
      <ul>
        {pets?.map((pet) => (
          <li key={pet.key}>{`${pet.data.name}, ${pet.status}`}</li>
        ))}
      </ul>
      <button type="button" onClick={() => void sync()}>
        {syncStatus === 'syncing' ? 'Syncing…' : 'Sync now'}
      </button>
    </>
  )
}

export const PetScreen = ({ engine }: { engine: SyncEngine }) => (
  <SyncProvider engine={engine}>
    <Pets />
  </SyncProvider>
)
