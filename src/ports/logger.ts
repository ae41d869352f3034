/** ERROR means: a developer should go and look. Rows and tokens never reach the log. */
export interface LoggerPort {
  error(message: string, details?: Record<string, unknown>): void
  info(message: string, details?: Record<string, unknown>): void
  debug(message: string, details?: Record<string, unknown>): void
}
