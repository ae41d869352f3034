import type { Random } from './random.ts'
import type { SimAnswer } from './sim-server.ts'

/** What something between the device and the server, or the server's own edge, makes of a request. */
export interface Refusal {
  status: number
  headers: Record<string, string>
  text: string
}

const echo = { 'Synchart-Protocol': '1' }

const problem = (status: number, code: string, headers: Record<string, string> = {}): Refusal => ({
  status,
  headers: { ...echo, ...headers },
  text: JSON.stringify({ code, status, detail: code }),
})

const html = '<!doctype html><title>Sign in to the hotel</title>'

/** Without the protocol's echo: it was not our server that spoke. */
const foreign = (status: number, headers: Record<string, string> = {}): Refusal => ({
  status,
  headers,
  text: html,
})

export const refuseAt = (random: Random): Refusal => {
  const seconds = String(1 + random.below(20))
  return random.pick([
    () => problem(401, 'TOKEN_EXPIRED'),
    () => problem(403, 'FORBIDDEN'),
    () => foreign(408),
    () => problem(413, 'BODY_TOO_LARGE'),
    () => problem(429, 'RATE_LIMITED', { 'Retry-After': seconds }),
    () => problem(429, 'RATE_LIMITED', { 'Retry-After': random.pick(['soon', '-1', '2147483648', '']) }),
    () => problem(500, 'SERVER_ERROR'),
    () => problem(500, 'SERVER_ERROR'),
    () => foreign(502),
    () => foreign(503, { 'Retry-After': seconds }),
    () => problem(503, 'TENANT_BUSY', { 'Retry-After': seconds }),
    () => problem(503, 'DRAINING'),
    () => foreign(511),
  ])()
}

type Break = (answer: SimAnswer, random: Random) => SimAnswer | Omit<SimAnswer, 'identity' | 'fresh'>

const withText = (answer: SimAnswer, text: string): SimAnswer => ({ ...answer, text })

const without = (name: string): Break => {
  return (answer) => {
    const { [name]: _left, ...rest } = JSON.parse(answer.text) as Record<string, unknown>
    return withText(answer, JSON.stringify(rest))
  }
}

const breaks: readonly Break[] = [
  (answer) => withText(answer, '{}'),
  (answer) => withText(answer, 'null'),
  (answer) => withText(answer, ''),
  (answer) => withText(answer, '[]'),
  (answer) => withText(answer, answer.text.slice(0, Math.floor(answer.text.length / 2))),
  (answer) => withText(answer, html),
  (answer) => ({ ...answer, headers: {}, text: html }),
  (answer) => ({ ...answer, headers: {} }),
  without('serverTime'),
  without('results'),
  without('entities'),
  without('hasMore'),
  without('cursor'),
  // Verdicts in another order, one missing, one of nobody's: what is not mentioned has no verdict.
  (answer, random) => {
    const parsed = JSON.parse(answer.text) as { results?: { id: string }[] }
    if (!Array.isArray(parsed.results)) return withText(answer, '{"results":"none"}')
    const results = parsed.results.filter(() => random.chance(0.6)).reverse()
    results.push({ id: 'nobody', status: 'applied', entityId: 1, version: 1 } as { id: string })
    return withText(answer, JSON.stringify({ ...parsed, results }))
  },
  (answer) => withText(answer, answer.text.replaceAll('"status"', '"state"')),
]

/** An answer as it must not be, or not quite as it was. */
export const breakAnswer = (answer: SimAnswer, random: Random): Refusal => {
  if (answer.status !== 200) return { status: 200, headers: {}, text: html }
  return random.pick(breaks)(answer, random)
}
