export { calm, drawFaults, type Faults } from './faults.ts'
export { idsOf, type Random, randomOf } from './random.ts'
export {
  type SimulationCounts,
  type SimulationOptions,
  type SimulationResult,
  simulate,
} from './simulate.ts'
export type { Finding } from './story.ts'
export { type Settle, VirtualClock } from './virtual-clock.ts'
