/**
 * The contract of what is read and set through files of the kernel: sensors, and outputs that have a level between off and
 * on. All of them live under one root, `/sys` as a rule, so a directory of plain files can stand in for hardware.
 */
import type { PwmData, SourceData } from './sources/shape.js'

/** Something that gives a number when it is asked. */
export interface Source {
  /**
   * A reading in the unit of its sensor. One at a time; readings of one bus wait for each other.
   * @throws ERR_READING for one that cannot be used, ERR_SENSOR_GONE when it is not there any more
   */
  read(signal: AbortSignal): Promise<number>
  close(): void
}

/** An output by pulse width. */
export interface Dial {
  /** 0 to 1, as it is driven just now. @throws ERR_SENSOR_GONE, ERR_LINE */
  get(): Promise<number>
  /** @throws ERR_SENSOR_GONE, ERR_LINE */
  set(duty: number): Promise<void>
  /** What it drives from then on is for the kernel to say. */
  close(): Promise<void>
}

/** Where sources and dials come from: two keep it, files of the kernel and memory. To open is no look: what is not there is said by read() and get(). */
export interface SourceBackend {
  readonly name: 'sysfs' | 'simulated'
  /** @throws ERR_INVALID_DEVICE for a path that leads out of the root */
  source(data: SourceData): Source
  dial(data: PwmData): Dial
  close(): void
}
