import type {
  ConflictsAnswer,
  ConflictsRequest,
  DownloadAnswer,
  DownloadRequest,
  ResolveConflictAnswer,
  ResolveConflictRequest,
  UploadAnswer,
  UploadRequest,
} from '../protocol/messages.ts'

export interface CallOptions {
  signal: AbortSignal
}

/**
 * Carries the four calls of the protocol. Rejects with `SyncError`: `NETWORK`, `TIMEOUT`, `OFFLINE` where no answer of the
 * server came, else the code of the server's problem body. The engine checks every answer's shape itself.
 */
export interface TransportPort {
  upload(body: UploadRequest, options: CallOptions): Promise<UploadAnswer>
  download(body: DownloadRequest, options: CallOptions): Promise<DownloadAnswer>
  listConflicts(body: ConflictsRequest, options: CallOptions): Promise<ConflictsAnswer>
  resolveConflict(body: ResolveConflictRequest, options: CallOptions): Promise<ResolveConflictAnswer>
}

/** Whose store the engine keeps: sent as `Synchart-Account`, so that a store never syncs under somebody else's token. */
export interface AccountInfo {
  tenantId: string
  userId: string
  schemaVersion: number
  deviceName?: string
}

/** A transport that must know the account is given as a function of it. */
export type TransportFactory = (account: AccountInfo) => TransportPort
