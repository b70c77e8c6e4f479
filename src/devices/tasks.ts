/** Kinds that every runtime with devices has: a device as the target of a task, of a schedule, of a binding. */
import { HoldfastError } from '../model/errors.js'
import { type AnyDefinition, defineTask } from '../runtime/define.js'
import type { DeviceCommand, Devices, DeviceView } from '../runtime/devices.js'
import type { RunningTask } from '../runtime/running-task.js'

interface Target {
  readonly device: string
}

/** What a task is told of a device. */
export const seen = ({ id, state, value, unit, since, readAt }: DeviceView) => ({
  device: id,
  state: state ?? null,
  value,
  ...(unit === undefined ? {} : { unit }),
  ...(since === undefined ? {} : { since }),
  ...(readAt === undefined ? {} : { readAt }),
})

/**
 * `device.read` takes `{ device }` and gives a fresh reading; `device.write` takes `{ device, command }`, or `{ device, value }`
 * with true, false, a duty or the name of an output; `device.pulse` takes `{ device, for }`, and never begins one twice.
 * Each gives `{ device, state, value, ... }`.
 */
export function deviceTasks(devices: Devices): readonly AnyDefinition[] {
  return [
    defineTask({
      kind: 'device.read',
      run: async ({ input, signal }: RunningTask<Target>) => seen(await devices.read(targetOf(input).device, signal)),
    }),
    defineTask({
      kind: 'device.write',
      run: async ({ id, input }: RunningTask<Target & { command?: DeviceCommand; value?: unknown }>) => {
        const { device, command, value } = targetOf(input)
        return seen(await devices.command(device, command ?? commandFor(value), id))
      },
    }),
    defineTask({
      kind: 'device.pulse',
      delivery: 'at-most-once',
      run: async ({ id, input }: RunningTask<Target & { for: number | string }>) => {
        const { device, for: length } = targetOf(input)
        return seen(await devices.command(device, { type: 'pulse', for: length }, id))
      },
    }),
  ]
}

/** The command that brings a device to a value. @throws ERR_INVALID_COMMAND */
export function commandFor(value: unknown): DeviceCommand {
  if (typeof value === 'boolean') return { type: value ? 'on' : 'off' }
  if (typeof value === 'number') return { type: 'set', value }
  if (typeof value === 'string') return { type: 'on', output: value }
  throw new HoldfastError('ERR_INVALID_COMMAND', 'expected `command`, or `value`: true, false, a number or an output')
}

function targetOf<Input extends Target>(input: Input): Input {
  if (typeof input === 'object' && input !== null && typeof input.device === 'string') return input
  throw new HoldfastError('ERR_INVALID_INPUT', 'expected `device`: the name of a device')
}
