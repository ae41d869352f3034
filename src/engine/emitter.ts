import type { Unsubscribe } from './types.ts'

/** Listeners by event. An error of one is reported, and reaches neither the others nor the engine. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(payload: never) => void>>()
  readonly #onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  on<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): Unsubscribe {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners)
    // A wrapper of its own: the same function registered twice is two registrations.
    const entry = (payload: never) => listener(payload)
    listeners.add(entry)
    return () => listeners.delete(entry)
  }

  emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])])
      try {
        listener(payload as never)
      } catch (error) {
        this.#onError(error)
      }
  }

  clear(): void {
    this.#listeners.clear()
  }
}
