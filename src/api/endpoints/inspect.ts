/** The inspector's WebSocket: who asks for it is seen to here, what is said there is the guest's matter. */
import type { FastifyInstance } from 'fastify'
import { HoldfastError } from '../../model/errors.js'
import type { Access } from '../access.js'
import type { Desk } from '../desk.js'
import { depart } from '../guests.js'
import type { Lobby } from '../lobby.js'
import { refusal } from '../problem.js'
import { answers, shapes } from '../schemas.js'

const { object, text, flag } = shapes
const several = { type: ['string', 'array'], items: text } as const

export function inspectEndpoints(app: FastifyInstance, { settings }: Desk, lobby: Lobby, access: Access): void {
  const { readers } = settings.limits
  app.get(
    '/v1/inspect',
    {
      schema: {
        operationId: 'inspect',
        summary: 'A WebSocket that tells what actors do: docs/reference/inspect.md',
        description:
          'With the subprotocol `holdfast.inspect.v1` the client says what it wants to see; without one the messages of ' +
          '@statelyai/inspect are told, about what the query names.',
        querystring: object({
          task: { ...several, description: 'only tasks of these ids' },
          kind: { ...several, description: 'only tasks of these kinds' },
          supervisors: { ...flag, description: 'the supervision tree' },
          schedules: flag,
          devices: flag,
        }),
        response: answers({
          101: { description: 'the WebSocket is open', type: 'null' },
          426: { description: 'the request asks for no WebSocket', type: 'null' },
        }),
      },
    },
    async ({ raw, query }, reply) => {
      if (raw.headers.upgrade?.toLowerCase() !== 'websocket') {
        const problem = refusal(426, 'this is a WebSocket')
        reply.code(426).header('upgrade', 'websocket').type('application/problem+json')
        return reply.send(JSON.stringify(problem))
      }
      if (lobby.size >= readers) throw new HoldfastError('ERR_OVERLOADED', `${readers} inspectors already`)
      await lobby.open()
      reply.hijack()
      const left = depart(raw)
      if (!left) return raw.destroy()
      const { scope } = access.caller(raw)
      lobby.receive({
        request: raw,
        socket: left.socket,
        head: left.head,
        query: query as Record<string, unknown>,
        scope,
        allow: (needed) => access.allow(raw, needed),
      })
      return reply
    },
  )
}
