import type { Changes } from '../stores/unit.ts'

/** What a live query depends on: one type's records, the outbox, or the conflicts. */
export type Topic = `entity:${string}` | 'operations' | 'conflicts'

interface Watch {
  topics: readonly Topic[]
  refresh: () => void
}

/**
 * Live queries: registered before they first read, so that no commit falls between; a commit during a read reads again.
 * An error of a listener is its own: it never reaches the engine or another listener.
 */
export class LiveQueries {
  readonly #watches = new Set<Watch>()
  readonly #onError: (error: unknown) => void
  #isStopped = false

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  watch<T>(
    topics: readonly Topic[],
    read: () => Promise<T>,
    isSame: (a: T, b: T) => boolean,
    listener: (value: T) => void,
  ): () => void {
    let isActive = true
    const isWatched = () => isActive && !this.#isStopped
    let isReading = false
    let isDirty = false
    let last: { value: T } | null = null
    const refresh = async () => {
      isDirty = true
      if (isReading) return
      isReading = true
      try {
        while (isDirty && isWatched()) {
          isDirty = false
          const value = await read()
          if (!isWatched() || isDirty) continue
          if (last !== null && isSame(last.value, value)) continue
          last = { value }
          listener(value)
        }
      } catch (error) {
        if (isWatched()) this.#onError(error)
      } finally {
        isReading = false
      }
    }
    const watch: Watch = { topics, refresh: () => void refresh() }
    this.#watches.add(watch)
    watch.refresh()
    return () => {
      isActive = false
      this.#watches.delete(watch)
    }
  }

  changed(changes: Changes): void {
    const types = new Set(changes.records.map((record) => record.type))
    for (const { topics, refresh } of this.#watches) {
      const isConcerned = topics.some((topic) => {
        if (topic === 'operations') return changes.operations
        // A conflict's sides are read from its record.
        if (topic === 'conflicts') return changes.conflicts || types.size > 0
        return types.has(topic.slice('entity:'.length))
      })
      if (isConcerned) refresh()
    }
  }

  /** Another tab committed something: nobody knows what. */
  changedElsewhere(): void {
    for (const { refresh } of this.#watches) refresh()
  }

  stop(): void {
    this.#isStopped = true
    this.#watches.clear()
  }
}
