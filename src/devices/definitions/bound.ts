/** Bindings as users write them: what happens to a device, and the tasks that it makes. */

import { HoldfastError } from '../../model/errors.js'
import { checkJson } from '../../model/json.js'
import { onlyKnown } from '../../runtime/checks.js'
import type { DeviceNews } from '../../runtime/devices.js'
import type { FollowUp } from '../../runtime/enqueue-options.js'
import { type ScheduledTask, TEMPLATE } from '../../runtime/schedule.js'
import type { Binding, BoundTask } from '../bindings.js'
import { withInputs } from '../template.js'
import type { Sheet } from './sheet.js'

/** A task made by what happens to a device, in the same commit as the device's new state. */
export interface DeviceTask extends Omit<ScheduledTask, 'input' | 'onSuccess' | 'onFailure'> {
  /** JSON, or a function of what happened. Default: what happened, `{ device, type, at, ... }`. */
  readonly input?: BoundInput
  readonly onSuccess?: DeviceFollowUp | readonly DeviceFollowUp[]
  readonly onFailure?: DeviceFollowUp | readonly DeviceFollowUp[]
}

/** A task made when another one ends; without `input` it gets the result, or the error. */
export interface DeviceFollowUp extends Omit<FollowUp, 'input' | 'onSuccess' | 'onFailure'> {
  readonly input?: BoundInput
  readonly onSuccess?: DeviceFollowUp | readonly DeviceFollowUp[]
  readonly onFailure?: DeviceFollowUp | readonly DeviceFollowUp[]
}

type BoundInput =
  | ((news: DeviceNews) => unknown)
  | { readonly [key: string]: unknown }
  | readonly unknown[]
  | string
  | number
  | boolean
  | null

/** A template, or a list of up to 10. */
export type Bound = DeviceTask | readonly DeviceTask[]

/** What can be bound to any device. */
export interface AnyBindings {
  /** It is not there, or fails; once for each spell. */
  readonly onFault?: Bound
  /** It is there again after a fault. */
  readonly onFound?: Bound
}

/** What can be bound to the edges of a line, after `activeLow`. */
export interface EdgeBindings {
  readonly onRise?: Bound
  readonly onFall?: Bound
  /** Either of them. */
  readonly onChange?: Bound
}

export const ANY = ['onFault', 'onFound'] as const
export const EDGES = ['onRise', 'onFall', 'onChange'] as const
const MOST = 10

/** The bindings among the options. @throws ERR_INVALID_DEVICE */
export function bindingsOf(sheet: Sheet, options: readonly string[]): Binding[] {
  return options.filter((option) => sheet.has(option)).map((option) => ({ option, tasks: tasksOf(sheet, option) }))
}

function tasksOf(sheet: Sheet, option: string): readonly BoundTask[] {
  const given = sheet.get(option)
  const tasks: unknown[] = Array.isArray(given) ? given : [given]
  if (tasks.length === 0 || tasks.length > MOST) throw sheet.wrong(option, `a task, or 1 to ${MOST} of them`, given)
  return tasks.map((task, i) => checkedTask(sheet, Array.isArray(given) ? `${option}[${i}]` : option, task))
}

function checkedTask(sheet: Sheet, option: string, task: unknown): BoundTask {
  const { kind } = (task ?? {}) as Partial<DeviceTask>
  if (typeof kind !== 'string' || kind === '') throw sheet.wrong(option, "a task, such as { kind: 'snapshot' }", task)
  const where = `${sheet.where}.${option}`
  try {
    onlyKnown(task as object, TEMPLATE, where)
    const { input, ...rest } = withInputs(task as DeviceTask, () => null)
    checkJson(rest, where)
    checkJson(input, `${where}.input`)
  } catch (cause) {
    const { message, hint } = cause as HoldfastError
    throw new HoldfastError('ERR_INVALID_DEVICE', message, { hint, cause })
  }
  return task as BoundTask
}
