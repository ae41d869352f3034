import type { EngineActor } from '../../machines/engine/engine.follow.ts'

const actors = new WeakMap<object, EngineActor>()

export const registerActor = (engine: object, actor: EngineActor): void => {
  actors.set(engine, actor)
}

/**
 * The root actor behind an engine: to select from with `@xstate/react`, to inspect, to draw. What it holds are counts and
 * deadlines; send it only the events of its type, everything else goes through the engine.
 */
export const actorOf = (engine: object): EngineActor => {
  const actor = actors.get(engine)
  if (actor === undefined) throw new TypeError('actorOf() takes what createSyncEngine() returned')
  return actor
}
