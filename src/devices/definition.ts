/** A device as it was defined, checked through and through: what its keeper works with. */
import type { AnyStateMachine } from 'xstate'
import type { Binding } from './bindings.js'
import type { WantedLines } from './line-driver.js'
import type { PwmData, SourceData } from './sources/shape.js'

export interface CheckedDevice {
  readonly type: string
  readonly unit?: string
  readonly machine: AnyStateMachine
  /** The options of the machine; lengths are milliseconds. */
  readonly options: Readonly<Record<string, unknown>>
  /** One of these three is what it is made of; `options` names the option of each address, for messages. */
  readonly lines?: WantedLines & { readonly options: readonly string[] }
  readonly source?: SourceData
  readonly dial?: PwmData
  readonly bindings: readonly Binding[]
  /** It may be absent at a start. */
  readonly optional: boolean
  /** Edges within a second beyond which it is not listened to for a while. */
  readonly floodLimit: number
}
