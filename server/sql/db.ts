/** All that the server's SQL asks of a driver. One implementation over PGlite, one over `pg`. */
export type Row = Record<string, unknown>

export interface Queryable {
  query<R extends Row = Row>(sql: string, params?: readonly unknown[]): Promise<R[]>
  /** Several statements, without parameters. */
  exec(sql: string): Promise<void>
}

export interface TxOptions {
  /** One snapshot for all statements, nothing written. */
  isSnapshot?: boolean
}

export interface Db extends Queryable {
  tx<T>(work: (tx: Queryable) => Promise<T>, options?: TxOptions): Promise<T>
  close(): Promise<void>
  /** Nobody else can reach the database: it is brought up to date at boot. */
  isEmbedded: boolean
}

/** OID of `int8`, which the two drivers read differently. */
export const INT8 = 20

/** The feed's numbers stay below 2^53 until the year 2255; anything larger keeps its exact value. */
export const parseInt8 = (text: string): number | bigint => {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

export const SNAPSHOT = 'set transaction isolation level repeatable read, read only'
