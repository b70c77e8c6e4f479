/**
 * The contract of GPIO: chips with lines, requested and released. Two keep it, the kernel's character device and one in
 * memory, and one conformance suite holds both to it. Every call is a system call that returns at once, so none of them
 * is a promise; what comes by itself (edges, a chip that is gone) is heard.
 */

/** A line of a chip, as it is before anybody requests it. */
export interface LineInfo {
  readonly offset: number
  /** Empty for a line without a name. */
  readonly name: string
  readonly direction: 'input' | 'output'
  /** Somebody has it, the kernel included. */
  readonly used: boolean
  /** Who, as far as they said. */
  readonly consumer: string
}

/** A chip. Its label is what it is known by: its number changes from boot to boot. */
export interface ChipInfo {
  /** What the system calls it just now, `gpiochip0`: for messages alone. */
  readonly name: string
  readonly label: string
  readonly lines: readonly LineInfo[]
}

export type Bias = 'as-is' | 'disabled' | 'pull-up' | 'pull-down'
export type Drive = 'push-pull' | 'open-drain' | 'open-source'

/** What is asked of lines of one chip; all of them are had, or none. Levels are logical: `activeLow` is applied already. */
interface Request {
  readonly chip: string
  /** 1 to 64 different ones; levels are in their order. */
  readonly offsets: readonly number[]
  /** Who asks: others are told this name when they find the line busy. */
  readonly consumer: string
  readonly activeLow: boolean
  readonly bias: Bias
}

export interface InputRequest extends Request {
  readonly direction: 'input'
  /** A level counts when it has lasted this long, in microseconds; 0: every edge counts. */
  readonly debounceUs: number
  /** Whether edges are heard. */
  readonly edges: boolean
}

export interface OutputRequest extends Request {
  readonly direction: 'output'
  readonly drive: Drive
  /** The levels from the first moment on; without them the lines stay as they are, and are driven at that. */
  readonly levels?: readonly boolean[]
}

export type LineRequest = InputRequest | OutputRequest

/** A change of level that the kernel saw. */
export interface Edge {
  /** Which of the offsets of the request. */
  readonly index: number
  /** What it became. */
  readonly level: boolean
  /** When, in nanoseconds of CLOCK_MONOTONIC, which is `process.hrtime.bigint()`. With debounce: the end of the wait. */
  readonly atNs: bigint
  /** Counts the edges of its line from 1: a gap means that some were lost. */
  readonly seq: number
}

export interface Listener {
  /** In the order in which they came. */
  edges(edges: readonly Edge[]): void
  /** The lines are gone, with their chip. Called once; nothing is heard any more, and release() is still to be called. */
  lost(error: unknown): void
}

/** Lines that were requested, until they are released. */
export interface Lines {
  /** @throws ERR_LINE_GONE, ERR_LINE */
  read(): readonly boolean[]
  /** Sets all of them at once. @throws ERR_LINE_GONE, ERR_LINE */
  write(levels: readonly boolean[]): void
  /** Whether edges are waited for; one that waits for none costs nothing. They are by default, where `edges` asks for it. */
  listen(on: boolean): void
  /** May be called again. What an output does from then on is for the kernel to say. */
  release(): void
}

export interface Backend {
  readonly name: 'chardev' | 'simulated'
  /** All chips that can be opened. @throws ERR_LINE_PERMISSION when there are some and none can be */
  chips(): readonly ChipInfo[]
  /**
   * @throws ERR_LINE_UNKNOWN (no such chip, or offset), ERR_LINE_BUSY (`message` has the holder's name), ERR_LINE_PERMISSION
   * (`hint` has the group to join), ERR_LINE_UNSUPPORTED (what the chip cannot do), ERR_LINE_GONE, ERR_LINE
   */
  request(request: LineRequest, listener: Listener): Lines
  /** Chips may have come or gone; gives the way to leave. */
  watch(changed: () => void): () => void
  /** Releases what is still held. */
  close(): void
}
