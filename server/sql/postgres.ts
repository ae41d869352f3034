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
  // Without a listener the loss of a connection ends the process; the query that uses it fails anyway.
  const ignore = () => {}
  pool.on('error', ignore)
  const connect = async () => {
    const client = await pool.connect()
    client.on('error', ignore)
    client.setTypeParser(INT8, 'text', parseInt8)
    const release = (isBroken: boolean) => {
      client.release(isBroken)
      // The pool listens itself from here on, unless it threw the connection away: that one may still cry.
      if (!isBroken) client.off('error', ignore)
    }
    return { client, release }
  }
  const once = async <T>(work: (client: Queryable) => Promise<T>): Promise<T> => {
    const { client, release } = await connect()
    try {
      return await work(queryable(client))
    } finally {
      release(false)
    }
  }
  return {
    query: (sql, params) => once((client) => client.query(sql, params)),
    exec: (sql) => once((client) => client.exec(sql)),
    tx: async (work, options = {}) => {
      const { client, release } = await connect()
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
        release(isBroken)
      }
    },
    close: () => pool.end(),
    isEmbedded: false,
  }
}
