import { resolveOptions } from './engine/options.ts'
import { Engine } from './engine/sync-engine.ts'
import type { SyncEngine, SyncEngineOptions } from './engine/types.ts'
import type { SchemaDefinition } from './protocol/schema.ts'

/**
 * Opens the store of one (tenant, user) and starts to sync. Create it once, outside React, and `stop()` it when the person
 * signs out. Throws `SyncError` `VALIDATION` or `INVALID_KEY` with the path of an option that cannot be used.
 */
export const createSyncEngine = <const D extends SchemaDefinition>(
  options: SyncEngineOptions<D>,
): SyncEngine<D> => new Engine(resolveOptions(options))

export { broadcastChannel } from './adapters/broadcast-channel.ts'
export { browserConnectivity } from './adapters/browser-connectivity.ts'
export { consoleLogger } from './adapters/console-logger.ts'
export { type HttpTransportOptions, httpTransport } from './adapters/http-transport.ts'
export { idbStorage } from './adapters/idb-storage.ts'
export { memoryStorage } from './adapters/memory-storage.ts'
export { systemClock } from './adapters/system-clock.ts'
export { webCryptoIds } from './adapters/web-crypto-ids.ts'
export { isTempId, parseTempId } from './core/temp-id.ts'
export type {
  BatchOptions,
  Conflict,
  ConflictKind,
  ConflictStrategy,
  Conflicts,
  EngineEvents,
  Entities,
  EntityQuery,
  EntityRecord,
  HistoryEntry,
  LifecycleState,
  LifecycleTag,
  OperationError,
  Operations,
  PendingOperation,
  RecordStatus,
  RetryOptions,
  SyncEngine,
  SyncEngineOptions,
  SyncProgress,
  SyncResult,
  SyncStatusSnapshot,
  Unsubscribe,
  WriteOptions,
} from './engine/types.ts'
export type { ChannelPort } from './ports/channel.ts'
export type { ClockPort } from './ports/clock.ts'
export type { ConnectivityPort } from './ports/connectivity.ts'
export type { IdsPort } from './ports/ids.ts'
export type { LoggerPort } from './ports/logger.ts'
export type {
  Durability,
  StorageFactory,
  StorageKey,
  StoragePort,
  StorageTransaction,
} from './ports/storage.ts'
export type { AccountInfo, CallOptions, TransportFactory, TransportPort } from './ports/transport.ts'
export { errorTable, isSyncErrorCode, SyncError, type SyncErrorCode } from './protocol/errors.ts'
export type { EntityId, JsonObject, JsonValue } from './protocol/json.ts'
export type * from './protocol/messages.ts'
export type { Author, EditStamp, IdMapping, OperationType, SyncOperation } from './protocol/operation.ts'
export {
  type ConflictPolicy,
  defineSchema,
  type EntityData,
  type EntityDefinition,
  type EntityType,
  type FieldDefinition,
  type FieldType,
  humanise,
  type ReferenceDefinition,
  type Schema,
  type SchemaDefinition,
} from './protocol/schema.ts'
