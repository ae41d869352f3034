/** What broke which promise. */
export interface Finding {
  /** An invariant (`I1` …) or `DEFECT`. */
  rule: string
  text: string
  /** ms since the start of the run */
  at: number
}

/** What happened, for people; told only where somebody wants to read it, as words cost more than deeds. */
export class Story {
  readonly lines: string[] = []
  readonly isTold: boolean
  readonly #since: () => number
  finding: Finding | null = null

  constructor(isTold: boolean, since: () => number) {
    this.isTold = isTold
    this.#since = since
  }

  say(who: string, words: () => string): void {
    if (!this.isTold) return
    const seconds = (this.#since() / 1000).toFixed(3).padStart(10)
    this.lines.push(`${seconds}  ${who.padEnd(8)} ${words()}`)
  }

  /** The first finding is the one that counts: what follows from it would only confuse. */
  fail(rule: string, text: string): void {
    this.say('!!', () => `${rule} ${text}`)
    this.finding ??= { rule, text, at: this.#since() }
  }
}
