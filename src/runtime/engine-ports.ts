/** What the engine has done by others, and what is around it. */
import type { TimeService } from '../kernel/synced.js'
import type { HoldfastError } from '../model/errors.js'
import type { Lane } from '../model/keys.js'
import type { Devices } from './devices.js'

export interface EnginePorts {
  commitFailed(error: HoldfastError): void
  /** Work is taken just now. */
  working(): boolean
  /** Something falls due on a lane. */
  due(lane: Lane): void
  /** Something is to be swept. */
  sweep(): void
  /** Tasks that others wait for have ended. */
  notices(): void
  /** What the manifest holds changed by a commit. */
  manifest(change: { retrying: number; dead: number; left: number }): void
}

/** What is around the engine, beside its disk and its clock. */
export interface Around {
  readonly service?: TimeService | undefined
  readonly devices?: Devices | undefined
}
