import type { StatelyInspectionEvent } from '@statelyai/inspect'
import type { InspectionEvent } from 'xstate'

export interface StatelyInspectorOptions {
  /** The page that calls `createBrowserReceiver()`. Their own page is on the internet: offline it must be yours. */
  url: string
  /** Shown inside the page. Without it a popup opens, which needs a person's click. */
  iframe?: HTMLIFrameElement
  /** What may leave of a machine's context; everything by default. */
  sanitizeContext?: (context: Record<string, unknown>) => Record<string, unknown>
}

export interface StatelyInspector {
  /** Raw inspection events of XState, as `inspectionHub().attach` passes them on. */
  inspect: (event: InspectionEvent) => void
  stop(): void
}

/** Charts nest a few levels, and a transition hangs three below its state: 10, their default, cuts actions off. */
const DEPTH = 16

/** What `postMessage` can carry. Functions and cycles go: a snapshot holds both. */
const toPlain = <T>(value: T): T => {
  const path: object[] = []
  const text = JSON.stringify(value, function (this: object, _key, inner: unknown) {
    if (typeof inner === 'function' || typeof inner === 'bigint') return undefined
    if (typeof inner !== 'object' || inner === null) return inner
    while (path.length > 0 && path.at(-1) !== this) path.pop()
    if (path.length > DEPTH || path.includes(inner)) return undefined
    path.push(inner)
    return inner
  })
  return JSON.parse(text) as T
}

/** The definition is the machine's config, initial context included: `sanitizeContext` never sees it. */
const withoutContext = (definition: string): string => {
  try {
    const { context: _, ...rest } = JSON.parse(definition) as Record<string, unknown>
    return JSON.stringify(rest)
  } catch {
    return '{}'
  }
}

/** Runs twice over events that waited for the receiver, so it must not mind its own result. */
export const serializeInspection = (event: StatelyInspectionEvent): StatelyInspectionEvent => {
  const plain = toPlain(event)
  return plain.type === '@xstate.actor' && plain.definition !== undefined
    ? { ...plain, definition: withoutContext(plain.definition) }
    : plain
}

/**
 * Stands in for `window`. The adapter takes every window's "connected" for its own and never stops listening, so two
 * inspectors on one page would answer for each other; and it learns an iframe's window only at `load`, which is after the
 * page inside has said that it is there.
 */
const narrowWindow = (iframe: HTMLIFrameElement | undefined, signal: AbortSignal) => {
  let target: Window | null = null
  let isLoaded = iframe === undefined
  const waiting: (() => void)[] = []
  const afterLoad = () => {
    isLoaded = true
    for (const run of waiting.splice(0)) run()
  }
  return {
    open: (url: string, name: string) => {
      target = window.open(url, name)
      return target
    },
    addEventListener: (_type: string, listener: (event: MessageEvent) => void) => {
      // Registered after the adapter's own `load` listener, so that it knows the window by then.
      iframe?.addEventListener('load', afterLoad, { signal })
      window.addEventListener(
        'message',
        (event) => {
          if (event.source === null || event.source !== (iframe?.contentWindow ?? target)) return
          if (isLoaded) listener(event)
          else waiting.push(() => listener(event))
        },
        { signal },
      )
    },
  }
}

/**
 * Shows machines in a page of your own, live and without the internet. `@statelyai/inspect` is loaded by this call and
 * not before: it is an optional peer and has no place in the bundle of an app.
 */
export const statelyInspector = async (options: StatelyInspectorOptions): Promise<StatelyInspector> => {
  const { createBrowserInspector } = await import('@statelyai/inspect')
  const { url, iframe, sanitizeContext } = options
  const ended = new AbortController()
  const inspector = createBrowserInspector({
    url,
    iframe: iframe ?? null,
    window: narrowWindow(iframe, ended.signal) as unknown as Window,
    serialize: serializeInspection,
    serializationDepthLimit: DEPTH,
    ...(sanitizeContext === undefined ? {} : { sanitizeContext }),
  })
  return {
    inspect: (event) => {
      if (!ended.signal.aborted) inspector.inspect.next?.(event)
    },
    stop: () => {
      ended.abort()
      inspector.stop()
    },
  }
}
