/** holdfast/testing: what people who define tasks test them with. It is loaded by tests alone. */

export type { Entry, Moment, Op, OpenReport, Range, Reader, Store } from '../store/store.js'
export { Board, testRuntime } from './board.js'
export type { BoardOptions, BoardTime, LogLine } from './board-options.js'
export { type Door, door } from './door.js'
export type { TaskPattern } from './expectations.js'
export { Fake, type FakeCall, type FakeOutcome, waits } from './fake.js'
export { type Faked, fakeActors, fakeRun } from './fake-actors.js'
export type { DiskTrouble } from './faulty-store.js'
export { type StoreCheck, storeConformance } from './store-conformance.js'
export { type Walked, type WalkOptions, walk } from './walk.js'
