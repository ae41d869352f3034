export interface UntilOptions {
  timeoutMs: number
  signal: AbortSignal
}

const LOOK_EVERY_MS = 40

/** Waits for what the devices show, not for a time. `what` says what did not happen. */
export const untilTrue = async <T>(
  what: string,
  check: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  { timeoutMs, signal }: UntilOptions,
): Promise<T> => {
  const end = Date.now() + timeoutMs
  for (;;) {
    signal.throwIfAborted()
    const found = await check()
    if (found !== null && found !== undefined && found !== false) return found
    if (Date.now() > end) throw new Error(`Waited in vain: ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
