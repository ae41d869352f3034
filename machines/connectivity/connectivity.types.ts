import type { ActorRef, CallbackActorLogic, EventObject, PromiseActorLogic, Snapshot } from 'xstate'

export type NetEvent = { type: 'net.lost' } | { type: 'net.restored' }

/** Whoever wants to hear of it: the engine, which passes it on to the lifecycle. */
export type NetListener = ActorRef<Snapshot<unknown>, NetEvent>

export interface ConnectivityInput {
  /** The platform's hint at the start: taken for the truth until something shows otherwise, so that no request is spent. */
  linkUp: boolean
  /** How often it is tried while offline, ms; also how long one try may take. */
  probeEveryMs: number
  /** A link that is back within this was never away, ms. */
  flapWindowMs: number
  listener: NetListener
}

export interface ConnectivityContext extends Omit<ConnectivityInput, 'linkUp'> {
  /** What the listener was told last; `null` where it may have concluded something itself. */
  told: 'online' | 'offline' | null
  /** Requests that failed for lack of network since the last one that the server answered. */
  failures: number
}

export type ConnectivityEvent =
  | { type: 'link.up' }
  | { type: 'link.down' }
  /** Find out now: a person is waiting, or the app came back to the front. */
  | { type: 'probe.requested' }
  /** A request failed for lack of network; whoever sent it took that as being offline. */
  | { type: 'request.failed' }
  /** The server answered a request, whatever it said. */
  | { type: 'request.succeeded' }

export type ConnectivityTag = 'online' | 'offline'

export type ConnectivityActors = {
  /** Asks the server for a sign of life. Rejecting means the same as `reachable: false`. */
  probe: PromiseActorLogic<{ reachable: boolean }, Record<string, never>>
  /** Sends back `link.up` or `link.down`: once at the start, as the hint in the input may be old by then, and on change. */
  linkSource: CallbackActorLogic<EventObject, Record<string, never>>
}
