import { SyncError } from '../protocol/errors.ts'
import type { EntityId, JsonObject } from '../protocol/json.ts'
import type { SimTab } from './sim-tab.ts'
import type { Person, World } from './world.ts'
import type { GivingUp, Write } from './writes.ts'

/** Codes that say no to a call for what it asks, so that nothing was written. */
const REFUSALS: ReadonlySet<string> = new Set([
  'NOT_FOUND',
  'HAS_CHILDREN',
  'UNKNOWN_TEMP_ID',
  'OPERATION_SENT',
  'UNKNOWN_OPERATION',
  'UNKNOWN_CONFLICT',
  'VALIDATION',
])

export interface WriteCall {
  n: number
  type: string
  kind: Write['kind']
  /** `null`: a create, which has no id yet. */
  record: EntityId | null
  values: JsonObject
  seen: JsonObject | null
}

/** Calls of people on an engine, followed from their beginning to their end, or to the death of the tab. */
export class Calls {
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** A write: what it promised when it resolved must be kept. `work` answers the record's id. */
  write(person: Person, tab: SimTab, call: WriteCall, work: () => Promise<EntityId>): void {
    const { story } = this.#world
    const { n, type, kind, record, values, seen } = call
    const write = person.log.begin({
      n,
      device: person.device.name,
      type,
      kind,
      record,
      values: new Map(Object.entries(values)),
      seen,
      startedAt: this.#world.step,
      foreignAt: person.device.foreignCommits,
    })
    person.calling.push({ tab, write })
    story.say(tab.name, () => `${kind}s ${type} ${record ?? ''} ${JSON.stringify(values)}`)
    const over = () => {
      person.calling = person.calling.filter((other) => other.write !== write)
    }
    work().then(
      (id) => {
        over()
        story.say(tab.name, () => `write ${n} is durable, ${type} ${id}`)
        person.log.accept(write, this.#world.step, id)
      },
      (error: unknown) => {
        over()
        const code = this.#codeOf(tab, error)
        story.say(tab.name, () => `write ${n} failed: ${code}`)
        person.log.end(write, this.#world.step, REFUSALS.has(code) ? 'refused' : 'unknown')
      },
    )
  }

  /** Any other call; what it gives up is gone unless it was refused, as it may have happened. */
  other(
    person: Person,
    tab: SimTab,
    words: string,
    work: () => Promise<void>,
    givingUp: GivingUp | null = null,
    then: () => void = () => undefined,
  ): void {
    const { log } = person
    const { story } = this.#world
    story.say(tab.name, () => words)
    if (givingUp !== null) log.beginGivingUp(givingUp)
    const call = {
      tab,
      end: () => {
        person.asking.delete(call)
        if (givingUp !== null) log.giveUp(givingUp)
        then()
      },
    }
    person.asking.add(call)
    work().then(call.end, (error: unknown) => {
      const code = this.#codeOf(tab, error)
      story.say(tab.name, () => `${words}: ${code}`)
      if (!REFUSALS.has(code)) return call.end()
      person.asking.delete(call)
      if (givingUp !== null) log.endGivingUp(givingUp)
    })
  }

  #codeOf(tab: SimTab, error: unknown): string {
    if (error instanceof SyncError) return error.code
    const text = error instanceof Error ? error.stack : String(error)
    this.#world.story.fail('DEFECT', `${tab.name}: a call failed with ${text}`)
    return 'DEFECT'
  }
}
