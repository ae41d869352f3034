import type { SyncOperation } from '../protocol/operation.ts'
import type { Faults } from './faults.ts'
import type { Random } from './random.ts'
import { breakAnswer, refuseAt } from './sim-portal.ts'
import type { SimAnswer, SimRequest, SimServer } from './sim-server.ts'
import type { Story } from './story.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** The tab that a request comes from. */
export interface NetworkHost {
  readonly name: string
  /** Both as the store has them. */
  readonly account: { tenantId: string; userId: string }
  readonly link: Link
  pass(point: 'net.send'): Promise<void> | undefined
  /** Does `work` in the tab: later where it is frozen, never where it is dead. */
  deliver(work: () => void): void
  /** A place where the tab may die. */
  survives(point: 'net.answer'): boolean
  /** Bytes of an operation that leave this device. */
  sent(operation: SyncOperation): void
}

/** What a device is connected by. */
export interface Link {
  isUp: boolean
  /** Requests get through, answers do not. */
  isOneWay: boolean
}

export interface NetworkCounts {
  requests: number
  uploads: number
  downloads: number
  answersLost: number
  duplicates: number
  resets: number
  merges: number
}

interface Flight {
  host: NetworkHost
  request: SimRequest
  operations: SyncOperation[]
  isOver: boolean
  /** Operations that the server judged by this request, until the answer is there. */
  fresh: number
  resolve(response: Response): void
  reject(error: unknown): void
}

/** What `httpTransport` reads of a response. */
const toResponse = (status: number, headers: Readonly<Record<string, string>>, text: string): Response => {
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const response = {
    ok: status >= 200 && status < 300,
    status,
    headers: {
      has: (name: string) => lower.has(name.toLowerCase()),
      get: (name: string) => lower.get(name.toLowerCase()) ?? null,
    },
    json: async () => JSON.parse(text) as unknown,
  }
  return response as unknown as Response
}

const MINUTE = 60_000

/** Everything between the devices and the server. */
export class SimNetwork {
  faults: Faults
  /** ms of the clock until which nobody answers at the server's address. */
  downUntil = 0
  readonly counts: NetworkCounts = {
    requests: 0,
    uploads: 0,
    downloads: 0,
    answersLost: 0,
    duplicates: 0,
    resets: 0,
    merges: 0,
  }
  readonly requestsOf = new Map<string, number>()
  readonly #clock: VirtualClock
  readonly #server: SimServer
  readonly #random: Random
  readonly #story: Story
  readonly #inFlight = new Map<string, { uploads: number; downloads: number }>()
  readonly #flights = new Set<Flight>()

  constructor(clock: VirtualClock, server: SimServer, random: Random, story: Story, faults: Faults) {
    this.#clock = clock
    this.#server = server
    this.#random = random
    this.#story = story
    this.faults = faults
  }

  /** The `fetch` of one tab. */
  fetchOf(host: NetworkHost): typeof globalThis.fetch {
    return async (input, init = {}) => {
      await host.pass('net.send')
      return await this.#send(host, String(input), init)
    }
  }

  /** Whoever was being answered by the server is so no more. */
  reset(): void {
    for (const flight of [...this.#flights]) this.#fail(flight, 'the connection was reset')
  }

  #send(host: NetworkHost, path: string, init: RequestInit): Promise<Response> {
    const body = String(init.body ?? '')
    const request = { path, body, headers: init.headers as Record<string, string> }
    const isUpload = path.endsWith('/upload')
    const operations = isUpload ? (JSON.parse(body) as { operations: SyncOperation[] }).operations : []
    for (const operation of operations) host.sent(operation)
    this.counts.requests++
    if (isUpload && operations.length > 0) this.counts.uploads++
    if (!isUpload) this.counts.downloads++
    this.requestsOf.set(host.name, (this.requestsOf.get(host.name) ?? 0) + 1)
    this.#story.say(host.name, () =>
      isUpload
        ? `→ upload [${operations.map((op) => `${op.id} ${op.type} ${op.entityType} ${op.entityId}`).join(', ')}]`
        : `→ download from ${(JSON.parse(body) as { lastSync: string | null }).lastSync}`,
    )
    return new Promise<Response>((resolve, reject) => {
      const flight: Flight = {
        host,
        request,
        operations,
        isOver: false,
        fresh: 0,
        resolve: (response) => this.#over(flight, () => resolve(response)),
        reject: (error) => this.#over(flight, () => reject(error)),
      }
      this.#enter(flight, isUpload)
      const { signal } = init
      signal?.addEventListener('abort', () => flight.reject(signal.reason), { once: true })
      if (signal?.aborted) flight.reject(signal.reason)
      else this.#depart(flight)
    })
  }

  /** I8: one engine never has two uploads or two downloads under way. */
  #enter(flight: Flight, isUpload: boolean): void {
    this.#flights.add(flight)
    const { name } = flight.host
    const count = this.#inFlight.get(name) ?? { uploads: 0, downloads: 0 }
    this.#inFlight.set(name, count)
    if (!isUpload) count.downloads++
    else if (flight.operations.length > 0) count.uploads++
    if (count.uploads > 1 || count.downloads > 1)
      this.#story.fail(
        'I8',
        `${name} has ${count.uploads} uploads and ${count.downloads} downloads under way`,
      )
  }

  #over(flight: Flight, tell: () => void): void {
    if (flight.isOver) return
    flight.isOver = true
    this.#flights.delete(flight)
    if (flight.fresh > 0) this.counts.answersLost++
    const count = this.#inFlight.get(flight.host.name)
    if (count !== undefined && !flight.request.path.endsWith('/upload')) count.downloads--
    else if (count !== undefined && flight.operations.length > 0) count.uploads--
    tell()
  }

  /** The tab is gone: nothing that it waited for can be over. */
  forget(name: string): void {
    this.#inFlight.delete(name)
    for (const flight of this.#flights)
      if (flight.host.name === name) {
        flight.isOver = true
        this.#flights.delete(flight)
        if (flight.fresh > 0) this.counts.answersLost++
      }
  }

  #depart(flight: Flight): void {
    const { faults } = this
    const random = this.#random
    const there = this.#way()
    const back = this.#way()
    const { link, name } = flight.host
    const isLost = !link.isUp || random.chance(faults.lostRequest)
    const hangs = random.chance(faults.hang)
    const isRepeated = random.chance(faults.duplicate)
    const refusal = random.chance(faults.status) ? refuseAt(random) : null
    const losesAnswer = random.chance(faults.lostAnswer)
    const breaks = random.chance(faults.malformed)
    const repeatedAfter = random.chance(0.5) ? this.#way() : random.between(0, 5 * MINUTE)
    if (isLost && hangs) return
    if (isLost) {
      this.#later(there, () => this.#fail(flight, 'no connection'))
      return
    }
    if (refusal !== null) {
      this.#later(there, () => {
        this.#story.say(name, () => `← ${refusal.status} from something in between`)
        this.#deliver(flight, refusal.status, refusal.headers, refusal.text)
      })
      return
    }
    if (isRepeated)
      this.#later(there + repeatedAfter, async () => {
        if (this.#isDown()) return
        this.counts.duplicates++
        this.#story.say(name, () => `a copy of ${flight.request.path} reaches the server`)
        await this.#serve(flight, false)
      })
    this.#later(there, async () => {
      if (this.#isDown()) return this.#fail(flight, 'nobody answers at the server')
      const answer = await this.#serve(flight, true)
      if (hangs) return
      if (losesAnswer || flight.host.link.isOneWay)
        return this.#later(back, () => this.#fail(flight, 'the answer was lost'))
      this.#later(back, () => {
        const got = breaks ? breakAnswer(answer, random) : answer
        this.#deliver(flight, got.status, got.headers, got.text, answer)
      })
    })
  }

  #isDown(): boolean {
    return this.#clock.now() < this.downUntil
  }

  async #serve(flight: Flight, isFirst: boolean): Promise<SimAnswer> {
    const answer = await this.#server.handle(flight.request)
    const { tenantId, userId } = flight.host.account
    const { identity } = answer
    if (answer.status === 200 && (identity?.tenantId !== tenantId || identity.userId !== userId))
      this.#story.fail('I7', `${flight.host.name} of ${tenantId} ${userId} was served as ${identity?.userId}`)
    if (isFirst && !flight.isOver) flight.fresh = answer.fresh
    else if (answer.fresh > 0) this.counts.answersLost++
    this.#story.say('server', () => tellAnswer(flight.host.name, answer))
    return answer
  }

  #deliver(
    flight: Flight,
    status: number,
    headers: Readonly<Record<string, string>>,
    text: string,
    answer?: SimAnswer,
  ): void {
    flight.host.deliver(() => {
      if (flight.isOver || !flight.host.survives('net.answer')) return
      if (answer !== undefined && text === answer.text) {
        flight.fresh = 0
        if (answer.download?.reset !== undefined) this.counts.resets++
        this.counts.merges += answer.upload?.results.filter(({ status: s }) => s === 'merged').length ?? 0
      }
      flight.resolve(toResponse(status, headers, text))
    })
  }

  #fail(flight: Flight, why: string): void {
    flight.host.deliver(() => {
      if (flight.isOver) return
      this.#story.say(flight.host.name, () => `✗ ${flight.request.path}: ${why}`)
      flight.reject(new TypeError(why))
    })
  }

  /** ms for one way: mostly short, now and then very long. */
  #way(): number {
    const { latencyMs, slow } = this.faults
    const usual = 1 + this.#random.next() * latencyMs
    return this.#random.chance(slow) ? usual * (10 + this.#random.below(200)) : usual
  }

  #later(ms: number, work: () => void | Promise<void>): void {
    this.#clock.setTimeout(() => void work(), ms)
  }
}

const tellAnswer = (to: string, { status, upload, download, text }: SimAnswer): string => {
  if (upload !== undefined)
    return `${to}: ${upload.results
      .map((result) => {
        const why = result.error?.code ?? result.conflict?.reason ?? ''
        const again = result.replayed ? ' again' : ''
        return `${result.id} ${result.status}${again} ${why} v${result.version ?? '-'} #${result.entityId ?? ''}`
      })
      .join(', ')}`
  if (download !== undefined) {
    const rows = download.entities.map((row) => `${row.entityType} ${row.id} v${row.version}`)
    const gone = download.deletions.map((row) => `-${row.entityType} ${row.id} v${row.version}`)
    const reset = download.reset === undefined ? '' : ` reset ${download.reset.reason}`
    return `${to}: page [${[...rows, ...gone].join(', ')}]${download.hasMore ? ' …' : ''}${reset}`
  }
  return `${to}: ${status} ${text.slice(0, 80)}`
}
