/** holdfast/inspect: a runtime in the inspector of your choice. */
export type { ActorLike, InspectOptions, Inspector } from './inspect-with.js'
export { inspectWith } from './inspect-with.js'
export type { ActorMessage, Message, SnapshotMessage, SnapshotView, TimerView } from './messages.js'
export { PROTOCOL } from './messages.js'
