/** Parts are non-empty strings or safe integers; tuples sort as in IndexedDB (numbers before strings, then by part). */
export type StorageKey = readonly (string | number)[]

export interface StorageTransaction {
  get(key: StorageKey): Promise<unknown>
  getMany(keys: readonly StorageKey[]): Promise<unknown[]>
  /** All entries whose key begins with `prefix`, in key order. */
  list(prefix: StorageKey): Promise<(readonly [StorageKey, unknown])[]>
  /** The keys alone, cheaper than `list`. */
  listKeys(prefix: StorageKey): Promise<StorageKey[]>
  put(key: StorageKey, value: unknown): void
  delete(key: StorageKey): void
}

/** `strict`: on disk when the promise resolves (appends, claims). `relaxed`: a loss is healed by a replay (pages, settles). */
export type Durability = 'strict' | 'relaxed'

/**
 * One store per (tenant, user). `work` may await only what its transaction answers; a throw aborts everything it wrote.
 * Rejects with `SyncError`: `QUOTA_EXCEEDED`, `STORAGE_FAILED`, `STORAGE_BLOCKED`.
 */
export interface StoragePort {
  read<T>(work: (transaction: StorageTransaction) => Promise<T>): Promise<T>
  write<T>(durability: Durability, work: (transaction: StorageTransaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Opens the store named by the engine: `synchart:` + JSON of `[tenant, user]`. */
export type StorageFactory = (name: string) => StoragePort
