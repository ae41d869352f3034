/**
 * Exponential with full jitter (a random wait in [0, base × 2^attempt), capped): after an outage many devices come back
 * spread out. `random` in [0, 1); `attempt` counts from 0. Answers ms.
 */
export const backoffMs = (attempt: number, baseMs: number, capMs: number, random: number): number =>
  // 2^30 × any base is beyond every cap; larger exponents would only lose precision.
  Math.round(Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30)) * random)
