import type { Device, DeviceId } from '../device/device.ts'
import { createHands } from './hands.ts'
import { scenes } from './scenes.ts'
import { script } from './script.ts'
import { untilTrue } from './until.ts'

export interface StoryState {
  phase: 'waiting' | 'playing' | 'done' | 'failed'
  /** Index of the scene that is on. */
  scene: number
  about: readonly DeviceId[]
  problem: string
}

export interface Story {
  state(): StoryState
  subscribe(listener: () => void): () => void
  /** Resolves when it is over, however it ends. */
  play(): Promise<void>
  stop(): void
}

export type Speed = 'human' | 'fast'

const STEP_TIMEOUT_MS = 20_000

/** Plays the script on the two devices. Stopping leaves them as they are: everything can go on by hand. */
export const createStory = (front: Device, treatment: Device, speed: Speed): Story => {
  const listeners = new Set<() => void>()
  let state: StoryState = { phase: 'waiting', scene: 0, about: [], problem: '' }
  let running: AbortController | null = null

  const change = (next: Partial<StoryState>) => {
    state = { ...state, ...next }
    for (const listener of [...listeners]) listener()
  }

  const play = async (): Promise<void> => {
    if (running !== null) return
    const over = new AbortController()
    running = over
    const { signal } = over
    const pause = async (ms: number) => {
      signal.throwIfAborted()
      if (speed === 'fast') return
      await new Promise((resolve) => setTimeout(resolve, ms))
      signal.throwIfAborted()
    }
    const hands = createHands(pause, signal)
    change({ phase: 'playing', scene: 0, about: [], problem: '' })
    try {
      await script({
        front,
        treatment,
        pause,
        hands,
        until: async (what, check) => await untilTrue(what, check, { timeoutMs: STEP_TIMEOUT_MS, signal }),
        scene: (name) => {
          const scene = scenes.findIndex((candidate) => candidate.name === name)
          change({ scene, about: scenes[scene]?.about ?? [] })
        },
      })
      change({ phase: 'done' })
    } catch (error) {
      if (signal.aborted) change({ phase: 'waiting', scene: 0 })
      else change({ phase: 'failed', problem: error instanceof Error ? error.message : String(error) })
    } finally {
      hands.leave()
      running = null
      change({ about: [] })
    }
  }

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    play,
    stop: () => running?.abort(),
  }
}
