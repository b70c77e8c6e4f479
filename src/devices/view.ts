/** A device as people see it: as of its last step on disk. */
import type { AnyMachineSnapshot, StateValue } from 'xstate'
import type { DeviceContext, Moment } from '../../machines/index.js'
import { isoTime } from '../model/duration.js'
import type { DeviceView } from '../runtime/devices.js'
import { commandsOf } from './commands.js'
import type { Keeper } from './keeper.js'

/** What machines of devices may know, beside what all of them do. */
interface Known extends DeviceContext<unknown, unknown> {
  readonly memory: Partial<Record<'level' | 'on' | 'active', boolean>> & {
    readonly since?: Moment
    readonly output?: string | null
    readonly duty?: number
  }
  /** The latest good reading, while it counts. */
  readonly value?: number | null
  readonly readAt?: Moment | null
}

export function viewOf(keeper: Keeper, simulated: boolean, more: readonly string[]): DeviceView {
  const { name, device, shown, driver, counts, news } = keeper
  const { type, unit } = device
  const places = driver.places.length > 0 ? { lines: driver.places } : {}
  const commands = [...commandsOf(type), ...more]
  const about = {
    id: name,
    type,
    ...places,
    ...(type === 'interlock' ? { outputs: device.options.outputs as readonly string[] } : {}),
    simulated,
    commands,
    news,
    counts,
    ...(unit === undefined ? {} : { unit }),
  }
  if (!shown) return { ...about, link: 'seeking', value: null }
  const context = shown.context as Known
  const link = topOf(shown.value)
  const ready = link === 'ready'
  const { fault, faultSince, memory, readAt } = context
  return {
    ...about,
    link,
    ...(ready ? { state: stateOf(shown) } : {}),
    value: ready ? measureOf(context) : null,
    ...(memory?.since ? { since: isoTime(memory.since.wall) } : {}),
    ...(readAt === undefined || readAt === null ? {} : { readAt: isoTime(readAt.wall) }),
    ...(fault === null ? {} : { fault: { ...fault, since: isoTime(faultSince ?? 0) } }),
  }
}

/** What it is like: `open`, `on`, `above`. States within that are matters of the machine. */
export function stateOf({ value }: AnyMachineSnapshot): string {
  const { ready } = value as { ready?: StateValue }
  return typeof ready === 'string' ? ready : Object.keys(ready ?? {}).join('+')
}

function topOf(value: StateValue): DeviceView['link'] {
  return (typeof value === 'string' ? value : Object.keys(value)[0]) as DeviceView['link']
}

function measureOf({ value, memory }: Known): DeviceView['value'] {
  if (value !== undefined) return value
  const { level, on, active, output, duty } = memory ?? {}
  return duty ?? output ?? level ?? on ?? active ?? null
}
