import { SyncError } from '../../src/index.ts'

export interface Tokens {
  get(): Promise<string | null>
  /** The server did not take it: the next call asks for a new one. */
  forget(): void
  /** True once after a refusal that a new token may mend. */
  isRenewable(): boolean
  /** A token from elsewhere, for tests of somebody else's sign-in; `undefined` goes back to the own one. */
  use(token: string | undefined): void
}

export interface TokensOptions {
  tenant: string
  user: string
  fetch: typeof globalThis.fetch
}

const RENEW_BEFORE_MS = 30_000
/** A server that refuses every token is not asked in a circle. */
const RENEW_AT_MOST_EVERY_MS = 10_000

/** ms at which a token ends; one that does not say so is kept until it is refused. */
const expiryOf = (token: string): number => {
  try {
    const payload = token.split('.')[1] ?? ''
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    if (typeof claims === 'object' && claims !== null && 'exp' in claims && typeof claims.exp === 'number')
      return claims.exp * 1_000
  } catch {
    // No JWT of ours: it is kept until it is refused.
  }
  return Number.POSITIVE_INFINITY
}

/** The demo's sign-in: the server hands a token to whoever asks. Asked once at a time, and again before it ends. */
export const createTokens = ({ tenant, user, fetch }: TokensOptions): Tokens => {
  let known: Promise<{ token: string; endsAt: number }> | null = null
  let given: string | undefined
  let isRefused = false
  let renewedAt = Number.NEGATIVE_INFINITY

  const ask = async () => {
    let response: Response
    try {
      response = await fetch(`/api/demo/token?${new URLSearchParams({ tenant, user })}`)
    } catch (cause) {
      throw new SyncError('NETWORK', 'the server was not reached', { cause })
    }
    const answer: unknown = await response.json().catch(() => null)
    if (
      typeof answer !== 'object' ||
      answer === null ||
      !('token' in answer) ||
      typeof answer.token !== 'string'
    )
      throw new SyncError('SERVER_ERROR', `no token, but ${response.status}`, { status: response.status })
    return { token: answer.token, endsAt: expiryOf(answer.token) }
  }

  const current = async () => {
    known ??= ask()
    try {
      return await known
    } catch (error) {
      known = null
      throw error
    }
  }

  return {
    get: async () => {
      if (given !== undefined) return given
      const { token, endsAt } = await current()
      if (endsAt - Date.now() > RENEW_BEFORE_MS) return token
      known = null
      return (await current()).token
    },
    forget: () => {
      isRefused = given === undefined
      known = null
    },
    isRenewable: () => {
      const isDue = isRefused && Date.now() - renewedAt > RENEW_AT_MOST_EVERY_MS
      if (isDue) {
        isRefused = false
        renewedAt = Date.now()
      }
      return isDue
    },
    use: (token) => {
      given = token
    },
  }
}
