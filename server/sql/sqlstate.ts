import { isObject } from '../../src/protocol/json.ts'
import type { OperationErrorBody } from '../../src/protocol/messages.ts'

interface DatabaseError {
  code: string
  constraint?: string
  column?: string
  table?: string
}

export const sqlStateOf = (error: unknown): string | null =>
  isObject(error) && typeof error.code === 'string' ? error.code : null

/** Something is wrong with the data of an operation, not with the server: classes 22 (data) and 23 (integrity). */
export const isDataError = (error: unknown): error is DatabaseError =>
  /^(22|23)[0-9A-Z]{3}$/.test(sqlStateOf(error) ?? '')

/** Serialisation failure, deadlock: the same transaction may do at once. Lost connections: the ledger knows what came of it. */
const again = /^(40001|40P01|57P0[123]|08[0-9A-Z]{3}|ECONNRESET|EPIPE)$/

const isLostConnection = (error: unknown): boolean =>
  error instanceof Error &&
  /Connection terminated|Client has encountered a connection error/.test(error.message)

export const isWorthAnotherTry = (error: unknown): boolean =>
  again.test(sqlStateOf(error) ?? '') || isLostConnection(error)

/** Nothing is wrong with the request: the database is away, or somebody holds the tenant for too long. */
export const isUnavailable = (error: unknown): boolean =>
  isWorthAnotherTry(error) ||
  /^(55P03|53[0-9A-Z]{3}|57014|ECONNREFUSED|ENOTFOUND|ETIMEDOUT|EAI_AGAIN)$/.test(sqlStateOf(error) ?? '')

/** What a person may know of an error of the database: never its text, which quotes rows and statements. */
export const refusalOf = (
  error: DatabaseError,
  fieldOf: (error: DatabaseError) => string | undefined,
): OperationErrorBody => {
  const path = fieldOf(error)
  const at = path === undefined ? {} : { path }
  switch (error.code) {
    case '23503':
      return {
        code: 'FK_VIOLATION',
        message: 'another record that must be there is missing, or still refers to it',
        ...at,
      }
    case '23505':
      return { code: 'UNIQUE_VIOLATION', message: 'another record has this value already', ...at }
    case '23514':
    case '23P01':
      return { code: 'CHECK_VIOLATION', message: 'a rule of the database does not allow this value', ...at }
    default:
      return { code: 'VALIDATION', message: 'the database cannot hold this value', ...at }
  }
}
