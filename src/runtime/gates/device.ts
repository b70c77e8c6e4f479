/** The gate of a device: a door that is closed, a tank that is full, a switch that is on. */

import { invalid, onlyKnown } from '../checks.js'
import type { Signal } from '../signals.js'
import {
  type Answer,
  type ConditionHost,
  GATE_OPTIONS,
  GateDefinition,
  type GateOptions,
  policyOf,
} from './condition.js'

export interface DeviceGateOptions extends GateOptions {
  /** The state, or one of the states, in which it is open: `'closed'`, `['normal', 'below']`. */
  readonly is?: string | readonly string[]
  /** The same by a function of the state and the value of the device. */
  readonly when?: (device: Omit<Signal, 'reason'>) => boolean
}

/** What says of a gate which device it is of. */
export class DeviceGate extends GateDefinition {
  device = ''
}

/**
 * Open while a device is in a state. It opens and closes with the device's steps, as they come to the disk; a device that is
 * faulty is in no state, so its gate is closed.
 * @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION
 * @example gates: { closed: device('door', { is: 'closed' }), warm: device('room', { when: ({ value }) => Number(value) > 18 }) }
 */
export function device(name: string, options: DeviceGateOptions): GateDefinition {
  if (typeof name !== 'string' || name === '') throw invalid('device', 'the name of a device', name)
  onlyKnown(options, ['is', 'when', ...GATE_OPTIONS], 'device')
  const { is, when } = options
  const states = is === undefined ? [] : [is].flat()
  if ((is === undefined) === (when === undefined)) throw invalid('device.is', 'either `is` or `when`', is)
  if (states.some((state) => typeof state !== 'string')) throw invalid('device.is', 'a state, or a list of them', is)
  if (when !== undefined && typeof when !== 'function') throw invalid('device.when', 'a function', when)
  const open = when ?? (({ state }: Omit<Signal, 'reason'>) => states.includes(state as string))
  const gate = new DeviceGate(policyOf(options, 'device'), (host) => condition(name, open, host))
  gate.device = name
  return gate
}

function condition(name: string, open: (signal: Signal) => boolean, host: ConditionHost) {
  let leave: (() => void) | undefined
  return {
    ask(): Answer | undefined {
      const signal = host.signals.get(name)
      // It has been looked for at the start; until then nobody knows.
      if (!signal) return undefined
      if (signal.state === undefined)
        return { open: false, reason: signal.reason ?? `${name} is not ready`, lasting: true }
      if (open(signal)) return { open: true, lasting: true }
      return { open: false, reason: `${name} is ${signal.state}`, lasting: true }
    },
    wake() {
      leave ??= host.signals.listen(name, () => host.changed())
    },
    sleep() {
      leave?.()
      leave = undefined
    },
  }
}
