/** Devices: what they are at, and what they are told. */
import type { FastifyInstance } from 'fastify'
import type { DeviceCommand } from '../../runtime/devices.js'
import { type Desk, gone, onceOf } from '../desk.js'
import { answers, IDEMPOTENT, named, shapes } from '../schemas.js'

const { answer, text, count, duration } = shapes

const DEVICE = { description: 'the device', $ref: 'Device#' } as const
/** Which of the options go with which type is for the device to say. */
const COMMAND = {
  type: 'object',
  properties: {
    type: { ...text, description: 'one of its `commands`: on, off, toggle, pulse, blink, set, fade, read, simulate' },
    for: { ...duration, description: 'of a pulse; of simulate, after which it goes back' },
    on: { ...duration, description: 'of blink: how long it is lit; default 500 ms' },
    off: { ...duration, description: 'of blink: how long it is dark; as long as lit unless told' },
    count: { ...count, description: 'of blink: how often; without it until another command' },
    output: { ...text, description: 'of on, for an interlock: which one' },
    duty: { type: 'number', description: 'of set: 0 to 1' },
    to: { description: 'of fade: 0 to 1; of simulate: a state or a level' },
    over: { ...duration, description: 'of fade' },
    value: { type: ['number', 'null'], description: 'of set: 0 to 1; of simulate: what the sensor reads' },
    bounces: { ...count, description: 'of simulate: how often the contact bounces' },
    fault: { type: ['string', 'null'], description: 'of simulate: what it fails with; null ends that' },
  },
  required: ['type'],
  additionalProperties: true,
} as const

export function deviceEndpoints(app: FastifyInstance, desk: Desk): void {
  const { devices } = desk.runtime
  const idOf = (request: { params: unknown }) => (request.params as { id: string }).id
  app.get(
    '/v1/devices',
    {
      schema: {
        operationId: 'devices',
        summary: 'The devices: what they are at, and why they are not',
        response: answers({
          200: { description: 'all', ...answer({ items: { type: 'array', items: { $ref: 'Device#' } } }, ['items']) },
        }),
      },
    },
    async () => ({ items: await devices.list() }),
  )
  app.get(
    '/v1/devices/:id',
    {
      schema: {
        operationId: 'device',
        summary: 'A device, and the latest of what happened to it',
        params: named('id'),
        response: answers({ 200: DEVICE }),
      },
    },
    (request) => devices.get(idOf(request)),
  )
  app.post(
    '/v1/devices/:id/commands',
    {
      schema: {
        operationId: 'commandDevice',
        summary: 'Tells a device what to do; answered when that is on disk and done, or has begun',
        params: named('id'),
        headers: IDEMPOTENT,
        body: COMMAND,
        response: answers({ 200: DEVICE }),
      },
    },
    (request, reply) => {
      const command = request.body as DeviceCommand
      // A sensor may take its time: who hung up does not wait for it.
      if (Object.keys(command).length === 1 && command.type === 'read')
        return devices.read(idOf(request), { signal: gone(reply, desk) })
      const { once: key } = onceOf(request)
      return devices.command(idOf(request), command, key === undefined ? {} : { key })
    },
  )
}
