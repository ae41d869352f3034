import type { JsonObject } from '../protocol/json.ts'
import type { SyncOperation } from '../protocol/operation.ts'
import { TENANTS, type World } from './world.ts'

const tempId = (type: string, number: number): string => `temp_1730534400000_setup${number}_${type}`

const make = (tenantId: string, type: string, number: number, data: JsonObject): SyncOperation => ({
  id: `setup-${tenantId}-${type}-${number}`,
  type: 'create',
  entityType: type,
  entityId: tempId(type, number),
  data,
})

/** Some rows that everybody will fight over: devices that start from nothing would never meet. */
export const furnish = async (world: World): Promise<void> => {
  const random = world.random('rows')
  for (const tenantId of TENANTS) {
    const operations: SyncOperation[] = []
    for (let number = 1 + random.below(3); number > 0; number--) {
      const clientId = tempId('client', number)
      operations.push(make(tenantId, 'client', number, { name: `${tenantId}:client${number}` }))
      operations.push(make(tenantId, 'pet', number, { name: `${tenantId}:pet${number}`, clientId }))
    }
    operations.push(make(tenantId, 'visit', 1, { reason: `${tenantId}:visit1`, petId: tempId('pet', 1) }))
    await world.server.handle({
      path: '/upload',
      headers: { Authorization: `Bearer ${tenantId}~setup` },
      body: JSON.stringify({ clientId: 'setup', operations }),
    })
  }
}
