import type { PGlite, Transaction } from '@electric-sql/pglite'
import type { Db, Queryable, Row } from './db.ts'
import { INT8, parseInt8, SNAPSHOT } from './db.ts'

/** Give these to `PGlite.create`, so that numbers come back as from `pg`. */
export const pgliteParsers = { [INT8]: parseInt8 }

type Runner = Pick<PGlite, 'query' | 'exec'> | Pick<Transaction, 'query' | 'exec'>

const parsers = { parsers: pgliteParsers }

const queryable = (runner: Runner): Queryable => ({
  query: async <R extends Row>(sql: string, params: readonly unknown[] = []) =>
    (await runner.query<R>(sql, [...params], parsers)).rows,
  exec: async (sql) => {
    await runner.exec(sql)
  },
})

/**
 * PGlite has one connection: transactions wait for each other, and a query outside of a running one waits for its end.
 * Its own API, not its `pg` compatible wrapper: that one is dead after the first SQL error.
 */
export const pgliteDb = (pglite: PGlite): Db => ({
  ...queryable(pglite),
  tx: (work, options = {}) =>
    pglite.transaction(async (tx) => {
      const inside = queryable(tx)
      if (options.isSnapshot) await inside.exec(SNAPSHOT)
      return work(inside)
    }),
  close: () => pglite.close(),
  isEmbedded: true,
})
