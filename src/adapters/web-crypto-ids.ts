import type { IdsPort } from '../ports/ids.ts'

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))

/** UUIDv7 (RFC 9562): 48 bits of ms, then random. */
const uuid7 = (now: number): string => {
  const bytes = randomBytes(16)
  let ms = Math.max(0, Math.floor(now))
  for (let index = 5; index >= 0; index--) {
    bytes[index] = ms % 256
    ms = Math.floor(ms / 256)
  }
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const text = hex(bytes)
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
}

const randomBase36 = (length: number): string => {
  let text = ''
  while (text.length < length)
    // 252 = 7 × 36: bytes above would favour the first characters.
    for (const byte of randomBytes(length))
      if (byte < 252 && text.length < length) text += (byte % 36).toString(36)
  return text
}

export const webCryptoIds: IdsPort = { uuid: uuid7, randomBase36, random: () => Math.random() }
