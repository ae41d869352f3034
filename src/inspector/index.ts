export type { InspectionHub, InspectionListener } from './hub.ts'
export { inspectionHub } from './hub.ts'
export type { StatelyInspector, StatelyInspectorOptions } from './stately.ts'
export { statelyInspector } from './stately.ts'
