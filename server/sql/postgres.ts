import type { Pool, PoolClient } from 'pg'
import type { Db, Queryable, Row } from './db.ts'
import { INT8, parseInt8, SNAPSHOT } from './db.ts'

const queryable = (client: PoolClient): Queryable => ({
  query: async <R extends Row>(sql: string, params: readonly unknown[] = []) =>
    (await client.query<R>(sql, [...params])).rows,
  exec: async (sql) => {
    await client.query(sql)
  },
})

/** Over a pool of `pg`. Types only are imported, so that nobody needs `pg` who has PGlite. */
export const postgresDb = (pool: Pool): Db => {
  // Without a listener the loss of an idle connection would end the process; the next query meets it anyway.
  pool.on('error', () => {})
  const connect = async (): Promise<PoolClient> => {
    const client = await pool.connect()
    client.setTypeParser(INT8, 'text', parseInt8)
    return client
  }
  const once = async <T>(work: (client: Queryable) => Promise<T>): Promise<T> => {
    const client = await connect()
    try {
      return await work(queryable(client))
    } finally {
      client.release()
    }
  }
  return {
    query: (sql, params) => once((client) => client.query(sql, params)),
    exec: (sql) => once((client) => client.exec(sql)),
    tx: async (work, options = {}) => {
      const client = await connect()
      let isBroken = true
      try {
        await client.query(options.isSnapshot ? `begin; ${SNAPSHOT}` : 'begin')
        const result = await work(queryable(client))
        await client.query('commit')
        isBroken = false
        return result
      } catch (error) {
        try {
          await client.query('rollback')
          isBroken = false
        } catch {
          // The connection is gone, and with it the transaction.
        }
        throw error
      } finally {
        client.release(isBroken)
      }
    },
    close: () => pool.end(),
    isEmbedded: false,
  }
}
