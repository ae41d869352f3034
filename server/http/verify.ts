import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { isStorableText } from '../../src/core/plain.ts'
import { SyncError } from '../../src/protocol/errors.ts'
import type { Identity } from '../core/identity.ts'

/** Who a token speaks for; throws `TOKEN_EXPIRED` or `TOKEN_INVALID`. `now` in ms. */
export type Verify = (token: string, now: number) => Promise<Identity>

export interface JwtOptions {
  /** HS256: whoever can check such a token can make one, so it suits a single server or a trial. */
  secret?: Uint8Array | string
  /** Public keys of the one who signs. */
  jwks?: URL | string | JWTVerifyGetKey
  /** Signatures accepted with `jwks`. */
  algorithms?: string[]
  issuer?: string
  audience?: string
}

/** Clocks of two servers differ; more than this is a mistake. */
const SKEW_SECONDS = 30

const MAX_CLAIM = 256

const claimOf = (payload: JWTPayload, name: string): string => {
  const claim = payload[name]
  const text = typeof claim === 'number' && Number.isSafeInteger(claim) ? String(claim) : claim
  if (typeof text !== 'string' || text === '' || text.length > MAX_CLAIM || !isStorableText(text))
    throw new SyncError('TOKEN_INVALID', `the token names no ${name}`)
  return text
}

const identityOf = (payload: JWTPayload): Identity => {
  const { roles, name } = payload
  return {
    tenantId: claimOf(payload, 'tid'),
    userId: claimOf(payload, 'sub'),
    roles: Array.isArray(roles) ? roles.filter((role): role is string => typeof role === 'string') : [],
    ...(typeof name === 'string' && name !== '' && name.length <= MAX_CLAIM && isStorableText(name)
      ? { name }
      : {}),
  }
}

const keyOf = ({ secret, jwks }: JwtOptions): JWTVerifyGetKey | Uint8Array => {
  if (secret !== undefined) return typeof secret === 'string' ? new TextEncoder().encode(secret) : secret
  if (jwks === undefined) throw new SyncError('INVALID_SCHEMA', 'jwtVerifier needs a secret or jwks')
  return typeof jwks === 'function' ? jwks : createRemoteJWKSet(new URL(jwks))
}

/** Tokens with the claims `sub` (user), `tid` (tenant), `roles`, and optionally `name`. */
export const jwtVerifier = (options: JwtOptions): Verify => {
  const key = keyOf(options)
  const isSecret = options.secret !== undefined
  const settings = {
    // Never taken from the token: one that says `none`, or signs with a public key as a secret, is refused.
    algorithms: isSecret ? ['HS256'] : (options.algorithms ?? ['RS256', 'PS256', 'ES256', 'EdDSA']),
    clockTolerance: SKEW_SECONDS,
    requiredClaims: ['exp'],
    ...(options.issuer === undefined ? {} : { issuer: options.issuer }),
    ...(options.audience === undefined ? {} : { audience: options.audience }),
  }
  return async (token, now) => {
    try {
      const at = { ...settings, currentDate: new Date(now) }
      // Two overloads of one function: a key, or a function that finds it.
      const { payload } =
        key instanceof Uint8Array ? await jwtVerify(token, key, at) : await jwtVerify(token, key, at)
      return identityOf(payload)
    } catch (error) {
      if (error instanceof SyncError) throw error
      if (error instanceof errors.JWTExpired) throw new SyncError('TOKEN_EXPIRED', 'the token has expired')
      if (error instanceof errors.JOSEError) throw new SyncError('TOKEN_INVALID', 'the token is not valid')
      // The keys could not be fetched: nothing is known of the token.
      throw new SyncError('TENANT_BUSY', 'the keys to check the token are out of reach', {
        retryAfterMs: 5000,
        cause: error,
      })
    }
  }
}
