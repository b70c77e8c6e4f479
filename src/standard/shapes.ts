/** What each standard actor takes and ends with, for machines in TypeScript; the schemas say the same of what is JSON. */
import type { PromiseActorLogic } from 'xstate'
import type { Duration } from '../model/duration.js'
import type { Cause } from '../runtime/cause.js'
import type { DeviceCommand } from '../runtime/devices.js'
import type { EnqueueOptions } from '../runtime/enqueue-options.js'

type Encoding = 'text' | 'json' | 'base64'

export interface HttpInput {
  readonly url: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly timeout?: Duration
  readonly expect?: 'any' | number | readonly number[]
  readonly pick?: string
  readonly maxBytes?: number
  readonly redirects?: number
}

export interface ReadInput {
  readonly path: string
  readonly as?: Encoding
  readonly maxBytes?: number
}

export interface WriteInput {
  readonly path: string
  readonly content: unknown
  readonly as?: Encoding
}

export interface AppendInput extends WriteInput {
  readonly once?: boolean
}

export interface MoveInput {
  readonly from: string
  readonly to: string
}

export interface RemoveInput {
  readonly path: string
}

export interface ExecInput {
  readonly command: string
  readonly args?: readonly string[]
  readonly stdin?: string
  readonly timeout?: Duration
  readonly expect?: 'any' | number | readonly number[]
  readonly maxBytes?: number
}

export interface ExecOutput {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

export interface SleepInput {
  readonly for: Duration
}

export interface WaitInput {
  readonly id: string
}

export interface EnqueueInput {
  readonly kind: string
  readonly input?: unknown
  readonly options?: EnqueueOptions
}

export interface EmitInput {
  readonly event: { readonly type: string; readonly [key: string]: unknown }
}

export interface LogInput {
  readonly message: string
  readonly level?: 'debug' | 'info' | 'warn' | 'error'
  readonly data?: object
}

export interface DeviceReadInput {
  readonly device: string
}

export interface DeviceWriteInput {
  readonly device: string
  readonly command?: DeviceCommand
  readonly value?: boolean | number | string
}

export interface DevicePulseInput {
  readonly device: string
  readonly for: Duration
}

export interface DeviceOutput {
  readonly device: string
  readonly state: string | null
  readonly value: boolean | number | string | null
  readonly unit?: string
  readonly since?: string
  readonly readAt?: string
}

/** The standard actors as `setup({ actors })` takes them; that takes a type, and no interface. */
export type StandardLogic = {
  /** `{ status, headers, body }`, or what `pick` points at. */
  readonly 'http.request': PromiseActorLogic<unknown, HttpInput>
  readonly 'fs.read': PromiseActorLogic<{ path: string; size: number; content: unknown }, ReadInput>
  readonly 'fs.write': PromiseActorLogic<{ path: string; size: number }, WriteInput>
  readonly 'fs.append': PromiseActorLogic<{ path: string; appended: boolean }, AppendInput>
  readonly 'fs.move': PromiseActorLogic<{ path: string; moved: boolean }, MoveInput>
  readonly 'fs.remove': PromiseActorLogic<{ path: string; removed: boolean }, RemoveInput>
  readonly 'process.exec': PromiseActorLogic<ExecOutput, ExecInput>
  readonly 'device.read': PromiseActorLogic<DeviceOutput, DeviceReadInput>
  readonly 'device.write': PromiseActorLogic<DeviceOutput, DeviceWriteInput>
  readonly 'device.pulse': PromiseActorLogic<DeviceOutput, DevicePulseInput>
  readonly sleep: PromiseActorLogic<null, SleepInput>
  readonly waitForTask: PromiseActorLogic<Cause, WaitInput>
  readonly enqueue: PromiseActorLogic<{ id: string; created: boolean }, EnqueueInput>
  readonly emit: PromiseActorLogic<null, EmitInput>
  readonly log: PromiseActorLogic<null, LogInput>
}

/** The names of the standard actors. */
export type StandardName = keyof StandardLogic
