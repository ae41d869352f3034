import { createGunzip, type Gunzip } from 'node:zlib'
import { SyncError } from '../../src/protocol/errors.ts'

/** protocol.md, "Errors of whole requests": so much of a refused body is read before the connection is given up. */
const MAX_DRAIN = 64 * 1024 * 1024

const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Whether JSON text nests deeper than `limit`. Before it is parsed: some parsers and databases never come back. */
export const isDeeperThan = (bytes: Uint8Array, limit: number): boolean => {
  let depth = 0
  let isInText = false
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]
    if (isInText) {
      if (byte === BACKSLASH) index++
      else if (byte === QUOTE) isInText = false
    } else if (byte === QUOTE) isInText = true
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth > limit) return true
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--
  }
  return false
}

/** Reads what is left of a body and drops it: a client that is still sending would see a reset instead of our answer. */
export const drain = async (request: Request): Promise<void> => {
  const { body } = request
  if (body === null || body.locked) return
  await drop(body.getReader(), 0)
}

const drop = async (reader: ReadableStreamDefaultReader<Uint8Array>, already: number): Promise<void> => {
  try {
    for (let read = already; read <= MAX_DRAIN; ) {
      const { done, value } = await reader.read()
      if (done) return
      read += value.byteLength
    }
    await reader.cancel()
  } catch {
    // The client went away: nobody is left to answer.
  }
}

const joined = (chunks: readonly Uint8Array[], length: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

const tooLarge = (limit: number): SyncError =>
  new SyncError('BODY_TOO_LARGE', `the body is larger than ${limit} bytes`)

const readPlain = async (body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> => {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return joined(chunks, length)
    length += value.byteLength
    if (length > limit) {
      await drop(reader, length)
      throw tooLarge(limit)
    }
    chunks.push(value)
  }
}

/** Feeds the decompressor by hand, so that the rest of a refused body is still read from the connection. */
const feed = async (source: ReadableStreamDefaultReader<Uint8Array>, gunzip: Gunzip): Promise<number> => {
  let read = 0
  while (!gunzip.destroyed) {
    const { done, value } = await source.read()
    if (done) {
      gunzip.end()
      break
    }
    read += value.byteLength
    if (gunzip.destroyed || gunzip.write(value)) continue
    await new Promise<void>((resolve) => {
      gunzip.once('drain', resolve)
      gunzip.once('close', resolve)
    })
  }
  return read
}

/** What comes out is counted, not what goes in: a few kilobytes can unpack to gigabytes. */
const readGzip = async (body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> => {
  const source = body.getReader()
  const gunzip = createGunzip()
  const feeding = feed(source, gunzip).catch((error: unknown) => {
    gunzip.destroy(error instanceof Error ? error : new Error('the body broke off'))
    return 0
  })
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      length += chunk.byteLength
      if (length > limit) throw tooLarge(limit)
      chunks.push(chunk)
    }
    return joined(chunks, length)
  } catch (error) {
    gunzip.destroy()
    await drop(source, await feeding)
    throw error instanceof SyncError ? error : new SyncError('INVALID_REQUEST', 'the body is no valid gzip')
  }
}

/** `curl -d` calls every body a form: what it holds is JSON all the same, and a token, not a cookie, is the sign-in. */
const isJson = (type: string | null): boolean => {
  if (type === null || type.trim() === '') return true
  return /^application\/(json|x-www-form-urlencoded)\s*(;|$)/i.test(type.trim())
}

/** Media type, encoding, size, depth, JSON, in this order; whatever is refused has been read to its end. */
export const readJson = async (
  request: Request,
  limits: { bytes: number; depth: number },
): Promise<unknown> => {
  const refuse = async (error: SyncError): Promise<never> => {
    await drain(request)
    throw error
  }
  if (!isJson(request.headers.get('Content-Type')))
    return refuse(new SyncError('UNSUPPORTED_MEDIA_TYPE', 'application/json expected'))
  const encoding = (request.headers.get('Content-Encoding') ?? 'identity').trim().toLowerCase()
  const isGzip = encoding === 'gzip' || encoding === 'x-gzip'
  if (!isGzip && encoding !== 'identity' && encoding !== '')
    return refuse(new SyncError('UNSUPPORTED_ENCODING', 'send gzip or plain'))
  if (!isGzip && Number(request.headers.get('Content-Length') ?? 0) > limits.bytes)
    return refuse(tooLarge(limits.bytes))
  const { body } = request
  const bytes =
    body === null
      ? new Uint8Array()
      : isGzip
        ? await readGzip(body, limits.bytes)
        : await readPlain(body, limits.bytes)
  if (isDeeperThan(bytes, limits.depth))
    throw new SyncError('TOO_DEEP', `the body is nested deeper than ${limits.depth} levels`)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new SyncError('INVALID_REQUEST', 'the body is no valid JSON')
  }
}
