import { defaultTiming } from '../../machines/lifecycle/lifecycle.context.ts'
import type { LifecycleTiming } from '../../machines/lifecycle/lifecycle.types.ts'
import { broadcastChannel } from '../adapters/broadcast-channel.ts'
import { browserConnectivity } from '../adapters/browser-connectivity.ts'
import { consoleLogger } from '../adapters/console-logger.ts'
import { idbStorage } from '../adapters/idb-storage.ts'
import { memoryStorage } from '../adapters/memory-storage.ts'
import { systemClock } from '../adapters/system-clock.ts'
import { webCryptoIds } from '../adapters/web-crypto-ids.ts'
import type { ChannelPort } from '../ports/channel.ts'
import type { ClockPort } from '../ports/clock.ts'
import type { ConnectivityPort } from '../ports/connectivity.ts'
import type { IdsPort } from '../ports/ids.ts'
import type { LoggerPort } from '../ports/logger.ts'
import type { StoragePort } from '../ports/storage.ts'
import type { TransportPort } from '../ports/transport.ts'
import { SyncError } from '../protocol/errors.ts'
import type { Schema, SchemaDefinition } from '../protocol/schema.ts'
import type { RetryTiming } from './classify.ts'
import type { SyncEngineOptions } from './types.ts'

export interface ResolvedOptions<D extends SchemaDefinition> {
  schema: Schema<D>
  tenantId: string
  userId: string
  transport: TransportPort
  storage: StoragePort
  clock: ClockPort
  ids: IdsPort
  connectivity: ConnectivityPort
  channel: ChannelPort
  logger: LoggerPort
  timing: LifecycleTiming
  pageSize: number
  retry: RetryTiming
  requestTimeoutMs: number
  inspect: ((event: unknown) => void) | undefined
}

/** Names of stores, locks and channels: joined text would let `a_b` + `c` meet `a` + `b_c`. */
export const storeName = (tenantId: string, userId: string): string =>
  `synchart:${JSON.stringify([tenantId, userId])}`

const account = (path: string, id: string | number): string => {
  const text = String(id)
  if (text === '') throw new SyncError('INVALID_KEY', `${path} is empty`, { path })
  return text
}

const atLeast = (path: string, value: number | undefined, standard: number, least: number): number => {
  const number = value ?? standard
  if (!Number.isFinite(number) || number < least)
    throw new SyncError('VALIDATION', `${path}: a number from ${least} expected`, { path })
  return number
}

/** IndexedDB where there is one; Node and server-side rendering get memory. */
const standardStorage = () => (typeof indexedDB === 'undefined' ? memoryStorage() : idbStorage())

export const resolveOptions = <D extends SchemaDefinition>(
  options: SyncEngineOptions<D>,
): ResolvedOptions<D> => {
  const tenantId = account('tenantId', options.tenantId)
  const userId = account('userId', options.userId)
  const name = storeName(tenantId, userId)
  const { batch = {}, retry = {}, schema, transport } = options
  const batchWindowMs = atLeast('batch.windowMs', batch.windowMs, defaultTiming.batchWindowMs, 0)
  return {
    schema,
    tenantId,
    userId,
    transport:
      typeof transport === 'function'
        ? transport({
            tenantId,
            userId,
            schemaVersion: schema.version,
            ...(options.deviceName === undefined ? {} : { deviceName: options.deviceName }),
          })
        : transport,
    storage: (options.storage ?? standardStorage())(name),
    clock: options.clock ?? systemClock,
    ids: options.ids ?? webCryptoIds,
    connectivity: options.connectivity ?? browserConnectivity(),
    channel: options.channel ?? broadcastChannel(name),
    logger: options.logger ?? consoleLogger,
    timing: {
      ...defaultTiming,
      // 1,000 operations a request at the most: protocol.md, "Limits".
      batchSize: Math.min(1_000, Math.floor(atLeast('batch.size', batch.size, defaultTiming.batchSize, 1))),
      batchWindowMs,
      maxBatchWaitMs: Math.max(defaultTiming.maxBatchWaitMs, batchWindowMs),
      pollMs: atLeast('retry.pollMs', retry.pollMs, defaultTiming.pollMs, 100),
    },
    // 1,000 by default, 5,000 at the most: protocol.md, "Limits".
    pageSize: Math.min(5_000, Math.floor(atLeast('batch.pageSize', batch.pageSize, 1_000, 1))),
    retry: {
      baseMs: atLeast('retry.baseMs', retry.baseMs, 1_000, 1),
      capMs: Math.min(300_000, atLeast('retry.capMs', retry.capMs, 300_000, 1)),
    },
    requestTimeoutMs: atLeast('retry.requestTimeoutMs', retry.requestTimeoutMs, 30_000, 1),
    inspect: options.inspect,
  }
}
