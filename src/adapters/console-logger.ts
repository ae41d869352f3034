import type { LoggerPort } from '../ports/logger.ts'

/** Errors only: what a developer should look at. Everything else is in the inspector. */
export const consoleLogger: LoggerPort = {
  error: (message, details) => console.error(`[synchart] ${message}`, details ?? ''),
  info: () => undefined,
  debug: () => undefined,
}
