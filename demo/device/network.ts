import type { ConnectivityPort } from '../../src/index.ts'
import { browserConnectivity } from '../../src/index.ts'

export interface NetworkState {
  /** The switch of this device; the browser's own connection counts as well. */
  isOn: boolean
  /** The next upload reaches the server, and its answer is thrown away. */
  losesNextAnswer: boolean
  lostAnswers: number
}

export interface Network {
  connectivity: ConnectivityPort
  fetch: typeof globalThis.fetch
  state(): NetworkState
  subscribe(listener: () => void): () => void
  turn(isOn: boolean): void
  loseNextAnswer(isLosing: boolean): void
}

export interface NetworkOptions {
  /** Added to every request, so that eyes can follow; 0 where nobody looks. */
  latencyMs: number
  onUnauthorised(): void
}

/** A probe carries nothing, and losing its answer would show nothing. */
const carriesOperations = (init: RequestInit | undefined): boolean => {
  if (typeof init?.body !== 'string') return false
  const body: unknown = JSON.parse(init.body)
  return (
    typeof body === 'object' &&
    body !== null &&
    'operations' in body &&
    JSON.stringify(body.operations) !== '[]'
  )
}

const unreachable = () => new TypeError('The network of this device is off.')

/** The network of one device on a page with two: a switch in front of `fetch`, and one fault worth showing. */
export const createNetwork = ({ latencyMs, onUnauthorised }: NetworkOptions): Network => {
  const browser = browserConnectivity()
  const listeners = new Set<() => void>()
  const running = new Set<AbortController>()
  let state: NetworkState = { isOn: true, losesNextAnswer: false, lostAnswers: 0 }

  const change = (next: Partial<NetworkState>) => {
    state = { ...state, ...next }
    for (const listener of [...listeners]) listener()
  }
  const isUp = () => state.isOn && browser.isUp()

  /** A real outage ends what is on its way, too. */
  const cuttable = async <T>(
    outer: AbortSignal | null | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ) => {
    const cut = new AbortController()
    running.add(cut)
    try {
      return await work(outer ? AbortSignal.any([outer, cut.signal]) : cut.signal)
    } finally {
      running.delete(cut)
    }
  }

  const send: typeof globalThis.fetch = async (input, init) => {
    if (!state.isOn) throw unreachable()
    return await cuttable(init?.signal, async (signal) => {
      if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs))
      signal.throwIfAborted()
      const isLost = state.losesNextAnswer && carriesOperations(init)
      if (isLost) change({ losesNextAnswer: false })
      const response = await globalThis.fetch(input, { ...init, signal })
      // Read to the end here: an answer that was cut in the middle is no answer.
      const body = await response.arrayBuffer()
      if (isLost) {
        change({ lostAnswers: state.lostAnswers + 1 })
        throw new TypeError('The answer was lost on its way.')
      }
      if (response.status === 401) onUnauthorised()
      const { status, statusText, headers } = response
      return new Response(body.byteLength === 0 ? null : body, { status, statusText, headers })
    })
  }

  return {
    connectivity: {
      isUp,
      subscribe: (listener) => {
        let last = isUp()
        const tell = () => {
          const now = isUp()
          if (now === last) return
          last = now
          listener(now)
        }
        listeners.add(tell)
        const stop = browser.subscribe(tell)
        return () => {
          listeners.delete(tell)
          stop()
        }
      },
    },
    fetch: send,
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    turn: (isOn) => {
      if (isOn === state.isOn) return
      change({ isOn })
      if (!isOn) for (const cut of running) cut.abort(unreachable())
    },
    loseNextAnswer: (losesNextAnswer) => {
      if (losesNextAnswer !== state.losesNextAnswer) change({ losesNextAnswer })
    },
  }
}
