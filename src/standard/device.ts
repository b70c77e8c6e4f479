/** `device.read`, `device.write` and `device.pulse`: what a machine asks of a device, and tells it. */
import { commandFor, seen } from '../devices/tasks.js'
import { actor } from './actor.js'
import { duration } from './formats.js'
import type { JsonSchema } from './input.js'
import type { DevicePulseInput, DeviceReadInput, DeviceWriteInput } from './shapes.js'

const device = { type: 'string', minLength: 1, maxLength: 128, description: 'the name of a device' }
const ENDS = 'Ends with { device, state, value, ... }.'

function schema(name: string, description: string, properties: object, required = ['device']): JsonSchema {
  return { title: name, description, type: 'object', required, additionalProperties: false, properties }
}

export const deviceActors = {
  'device.read': actor<DeviceReadInput>(
    schema('device.read', `Takes a reading of a sensor now; of another device, what it is at. ${ENDS}`, { device }),
    async ({ input, services, signal }) => seen(await services.devices.read(input.device, signal)),
  ),
  'device.write': actor<DeviceWriteInput>(
    schema('device.write', `Tells a device what to do, once, over a restart too. ${ENDS}`, {
      device,
      command: {
        type: 'object',
        required: ['type'],
        properties: { type: { type: 'string', minLength: 1, maxLength: 128 } },
        description: "a command with its options: { type: 'blink', count: 3 }",
      },
      value: {
        type: ['boolean', 'number', 'string'],
        description: 'instead of a command: true for on, false for off, a duty from 0 to 1, an output of an interlock',
      },
    }),
    async ({ input, services, key }) =>
      seen(await services.devices.command(input.device, input.command ?? commandFor(input.value), key)),
  ),
  'device.pulse': actor<DevicePulseInput>(
    schema(
      'device.pulse',
      `Switches an output on for a time; a restart does not begin it anew. It has begun when this ends. ${ENDS}`,
      { device, for: duration("a duration: '2s', or milliseconds") },
      ['device', 'for'],
    ),
    async ({ input, services, key }) =>
      seen(await services.devices.command(input.device, { type: 'pulse', for: input.for }, key)),
  ),
}
