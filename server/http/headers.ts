import { isStorableText } from '../../src/core/plain.ts'
import { SyncError } from '../../src/protocol/errors.ts'
import { PROTOCOL_VERSION } from '../../src/protocol/messages.ts'
import type { Identity } from '../core/identity.ts'

/** A device's name is shown beside its changes; more of it helps nobody. */
const MAX_DEVICE = 200

export const bearerToken = (headers: Headers): string => {
  const match = /^Bearer +([^\s]+)\s*$/i.exec(headers.get('Authorization') ?? '')
  if (match === null) throw new SyncError('TOKEN_MISSING', 'send a token as `Authorization: Bearer`')
  return match[1] as string
}

const accountOf = (header: string): unknown => {
  try {
    if (!/^[A-Za-z0-9_-]+={0,2}$/.test(header)) return null
    const bytes = Uint8Array.from(atob(header.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
      char.charCodeAt(0),
    )
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return null
  }
}

/** A store never syncs under somebody else's token: what the device says must be what the token says. */
export const checkAccount = (headers: Headers, { tenantId, userId }: Identity): void => {
  const header = headers.get('Synchart-Account')
  if (header === null) return
  const account = accountOf(header.trim())
  const isSame =
    Array.isArray(account) && account.length === 2 && account[0] === tenantId && account[1] === userId
  if (!isSame) throw new SyncError('TENANT_FORBIDDEN', 'the store belongs to another account than the token')
}

export const checkProtocol = (headers: Headers): void => {
  const header = headers.get('Synchart-Protocol')
  if (header !== null && header.trim() !== String(PROTOCOL_VERSION))
    throw new SyncError('PROTOCOL_UNSUPPORTED', `this server speaks protocol ${PROTOCOL_VERSION}`)
}

/** Whether the caller's schema is older than the server takes; a newer one is welcome, a missing one says nothing. */
export const isOutdated = (headers: Headers, minSchemaVersion: number): boolean => {
  const header = headers.get('Synchart-Schema')
  if (header === null) return false
  if (!/^-?\d{1,15}$/.test(header.trim()))
    throw new SyncError('INVALID_REQUEST', 'Synchart-Schema is an integer', { path: 'Synchart-Schema' })
  return Number(header) < minSchemaVersion
}

/** `undefined` for a missing or unreadable name: it is shown to people, nothing depends on it. */
export const deviceName = (headers: Headers): string | undefined => {
  try {
    const name = [...decodeURIComponent(headers.get('Synchart-Device') ?? '').trim()]
      .slice(0, MAX_DEVICE)
      .join('')
    return name !== '' && isStorableText(name) ? name : undefined
  } catch {
    return undefined
  }
}
