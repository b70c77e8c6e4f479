/**
 * What the statecharts of all devices have in common. A device seeks what it wraps, is ready while it has it, and is
 * faulty while it has it not: then it seeks again, ever more rarely, or at once when something appeared.
 *
 * Pure: levels, readings and the time come with the events; what is to be done leaves as actions of the names below.
 * What must survive the power is `context.memory`, which is kept in one commit with the tasks that its events make; all
 * else is found out anew at a start. A step that changes nothing worth keeping leaves `memory` the same object.
 */
import type { Now } from './task.js'

/** A point in time: for people, and for measuring from. */
export type Moment = Now

/** An error as data. */
export interface DeviceError {
  readonly code: string
  readonly message: string
  readonly hint: string
}

/** What every device is given. `memory` is null at its very first start. */
export interface DeviceInput<Options, Memory> {
  readonly name: string
  readonly options: Options
  readonly memory: Memory | null
  /** That it was faulty when it was left is told already; that it is found again is not. */
  readonly fault?: DeviceError | null
  readonly faultSince?: number | null
  readonly now: Now
}

/** What every device knows. */
export interface DeviceContext<Options, Memory> {
  readonly name: string
  readonly options: Options
  /** What is kept; null until it is known for the first time. */
  readonly memory: Memory | null
  /** Why it is not ready; null while it is. */
  readonly fault: DeviceError | null
  /** Since when it is faulty (wall), and how often it was looked for since then. */
  readonly faultSince: number | null
  readonly tries: number
  /** How long to wait before the next look, in milliseconds. */
  readonly retryMs: number
  /** When the latest step was. A step by a timer is at the moment when it was due. */
  readonly now: Now
}

/** What every device hears. */
export type DeviceEvent =
  /** What it wraps is not there, or is gone, or fails. `random` in [0, 1) spreads the next look. */
  | { readonly type: 'lost'; readonly error: DeviceError; readonly random: number; readonly now: Now }
  /** Something appeared: look again at once. */
  | { readonly type: 'appeared'; readonly now: Now }
  /** The runtime stops: what is driven goes to its safe level. */
  | { readonly type: 'stop'; readonly now: Now }

/** What it wraps is had; lines at these levels, a dial at this duty. Nothing was heard of them before. */
export interface Found {
  readonly type: 'found'
  readonly levels: readonly boolean[]
  readonly duty?: number
  readonly now: Now
}

/** What a device with an input line hears of it. */
export type LineEvent =
  | Found
  /** It changed: `at` is the kernel's time, on the wall clock. */
  | { readonly type: 'edge'; readonly level: boolean; readonly at: number; readonly now: Now }
  /** So many edges were lost, and it was read again. */
  | { readonly type: 'resync'; readonly level: boolean; readonly missed: number; readonly now: Now }
  /** So many edges in a second: more than were looked at. */
  | { readonly type: 'flood'; readonly edges: number; readonly now: Now }

/** A command from outside. Which ones a device takes is said by its machine (`can`). */
export interface Commanded<Command> {
  readonly type: 'command'
  readonly command: Command
  readonly now: Now
  /** When its lines really went off, on the steady hand: later than they were told to, by as long as that was on its way. */
  readonly offAt?: number
}

/** What a device tells: an XState `emit`. Bindings make tasks of it, with the whole of it as their input. */
export interface News {
  readonly type: string
  /** When, on the wall clock. */
  readonly at: number
  /** The line changed so. */
  readonly edge?: 'rise' | 'fall'
  /** It happened while nobody looked: the daemon was down, or the device was faulty. */
  readonly whileAway?: true
  readonly [detail: string]: unknown
}

/** The pauses between two looks for a device that is not there, in milliseconds; spread by ± a fifth. */
export const SEEKING = { delayMs: 1_000, maxDelayMs: 300_000 } as const

/**
 * What devices ask for. `seek`: get what is wrapped, with these levels or this duty from the first moment on (without
 * them outputs stay as they are), then send `found` or `lost`. `release`: let go of it; asked for also when nothing is
 * had. `write`, `dial`: drive it so. `read`: take a reading, then send `reading`, `misread` or `lost`.
 */
export const SEEK = (_: unknown, _params: { readonly levels?: readonly boolean[]; readonly duty?: number }) => undefined
export const RELEASE = () => undefined
export const WRITE = (_: unknown, _params: { readonly levels: readonly boolean[] }) => undefined
export const DIAL = (_: unknown, _params: { readonly duty: number }) => undefined
export const READ = () => undefined
