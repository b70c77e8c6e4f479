/** Devices as the runtime knows them: what they are and do is the matter of the part that keeps them. */
import { HoldfastError } from '../model/errors.js'

/** What happened to a device. Each type of device has its own `type`s, and may say more: a count, a value, a reason. */
export interface DeviceNews {
  readonly device: string
  readonly type: string
  /** ISO 8601; of an edge the time at which the kernel saw it. */
  readonly at: string
  readonly edge?: 'rise' | 'fall'
  /** It was found so: it happened while the daemon was down, or the device was gone. */
  readonly whileAway?: true
  readonly [detail: string]: unknown
}

/** A device as of its last step on disk. */
export interface DeviceView {
  readonly id: string
  readonly type: string
  /** `seeking`: it is being looked for; `faulty`: it is not there, or fails, and is looked for again by itself. */
  readonly link: 'seeking' | 'ready' | 'faulty' | 'stopped'
  /** What it is like: `open`, `on`, `above` …; only while it is ready. */
  readonly state?: string
  /** Its level, reading, duty or chosen output; null while that is not known. */
  readonly value: boolean | number | string | null
  readonly unit?: string
  /** Since when its state is what it is, and when its value was read; ISO 8601. */
  readonly since?: string
  readonly readAt?: string
  readonly fault?: { readonly code: string; readonly message: string; readonly hint: string; readonly since: string }
  /** The lines it has, or wants. */
  readonly lines?: readonly { readonly chip?: string; readonly offset?: number; readonly name?: string }[]
  /** The names of the outputs of which one may be on, where there are several. */
  readonly outputs?: readonly string[]
  /** It is played by this machine's memory, and not by hardware. */
  readonly simulated: boolean
  /** The commands it takes. */
  readonly commands: readonly string[]
  /** The latest of what happened to it, the newest last. */
  readonly news: readonly DeviceNews[]
  readonly counts: {
    readonly edges: number
    readonly missed: number
    readonly floods: number
    readonly faults: number
    readonly misreads: number
  }
}

/** What a device is told: `{ type: 'on' }`, `{ type: 'pulse', for: '2s' }` … */
export interface DeviceCommand {
  readonly type: string
  readonly [option: string]: unknown
}

export interface Devices {
  list(): DeviceView[]
  /** @throws ERR_NOT_FOUND */
  get(id: string): DeviceView
  /**
   * Resolves when what was asked is on disk and the device has done it; a pulse has begun then. Of commands with the same
   * `key` one is done.
   * @throws ERR_NOT_FOUND, ERR_INVALID_COMMAND, ERR_DEVICE_FAULTY, ERR_KEY_REUSED, ERR_COMMIT_UNKNOWN
   */
  command(id: string, command: DeviceCommand, key?: string): Promise<DeviceView>
  /** A fresh reading of a sensor; of what has levels, the one it is at. @throws ERR_NOT_FOUND, ERR_DEVICE_FAULTY, ERR_READING */
  read(id: string, signal?: AbortSignal): Promise<DeviceView>
}

/** A runtime without devices. */
export const NO_DEVICES: Devices = {
  list: () => [],
  get: noDevice,
  command: async (id) => noDevice(id),
  read: async (id) => noDevice(id),
}

export function noDevice(id: string): never {
  throw new HoldfastError('ERR_NOT_FOUND', `no device '${String(id).slice(0, 128)}'`)
}
