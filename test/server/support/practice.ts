import {
  createSqlStore,
  createTables,
  type Db,
  memoryStore,
  type ServerStore,
} from '../../../server/index.ts'
import type { JsonObject } from '../../../src/protocol/json.ts'
import type { SyncOperation } from '../../../src/protocol/operation.ts'
import type { Schema } from '../../../src/protocol/schema.ts'
import { temp } from './bench.ts'

let lastTenant = 0

/** Every test has a practice of its own, so that one database serves a whole file. */
export const newTenant = (): string => `practice-${++lastTenant}`

type Create = Pick<SyncOperation, 'type' | 'entityType' | 'entityId'> & { data: JsonObject }

const create = (entityType: string, data: JsonObject, entityId = temp(entityType)): Create => ({
  type: 'create',
  entityType,
  entityId,
  data,
})

export const newClient = (data: JsonObject = {}): Create => create('client', { name: 'Jana Horak', ...data })

export const newPet = (clientId: string | number, data: JsonObject = {}): Create =>
  create('pet', { name: 'Bella', clientId, ...data })

export const newAppointment = (petId: string | number, data: JsonObject = {}): Create =>
  create('appointment', { petId, reason: 'Limps', ...data })

export const newNote = (appointmentId: string | number, data: JsonObject = {}): Create =>
  create('soapNote', { appointmentId, subjective: 'Limps since Monday', ...data })

/** client → pet → appointment → soapNote, parents first. */
export const story = (): [Create, Create, Create, Create] => {
  const client = newClient()
  const pet = newPet(client.entityId)
  const appointment = newAppointment(pet.entityId)
  return [client, pet, appointment, newNote(appointment.entityId)]
}

export const sqlStoreOn = async (db: Db, schema: Schema, schemaName = 'app') =>
  createSqlStore({
    db,
    schema,
    entities: await createTables(db, schema, schemaName),
    epoch: 'epoch1',
    migrate: true,
  })

export const memoryStoreFor = (schema: Schema): ServerStore<null> =>
  memoryStore({ schema, now: Date.now, epoch: 'epoch1' })
