/** `synchart/machines`: the charts themselves, to run, draw and embed with `@xstate/react`. */
export * from '../machines/index.ts'
export { actorOf } from './engine/actor.ts'
