/** The whole store, to take home. */
import type { FastifyInstance } from 'fastify'
import { isoTime } from '../../model/duration.js'
import type { Desk } from '../desk.js'
import { patient } from '../patience.js'
import { answers } from '../schemas.js'

export function backupEndpoints(app: FastifyInstance, desk: Desk): void {
  app.get(
    '/v1/backup',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'backup',
        summary: 'A backup of everything as of now, as a tar: `holdfast restore` puts it back',
        description:
          'Made while work goes on, one at a time. An answer that ends without its last chunk is no backup; neither is a tar without summary.json.',
        response: answers({
          200: {
            description: 'the tar',
            content: { 'application/x-tar': { schema: { type: 'string', format: 'binary' } } },
          },
        }),
      },
    },
    async (_, reply) => {
      const { runtime, clock, log, closing } = desk
      const name = `holdfast-${isoTime(clock.wall()).replace(/[:.]/g, '-')}.tar`
      const sink = patient(reply.raw, clock, () => {
        const headers = {
          ...reply.getHeaders(),
          'content-type': 'application/x-tar',
          'content-disposition': `attachment; filename="${name}"`,
          'cache-control': 'no-store',
        }
        reply.hijack()
        reply.raw.writeHead(200, headers as Record<string, string>)
      })
      try {
        await runtime.backup(sink, { signal: closing })
      } catch (error) {
        if (!reply.raw.headersSent) throw error
        log.warn('a backup was cut short', { error: String(error) })
      }
      return reply
    },
  )
}
