/** OpenAPI 3.1, out of the schemas by which requests are checked. */
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'

const VERSION = '1'

/** The document of the application that `make` makes, as JSON. */
export async function describe(make: (prepare: (app: FastifyInstance) => Promise<void>) => Promise<FastifyInstance>) {
  const app = await make(listen)
  const document = JSON.stringify(app.swagger())
  await app.close()
  return document
}

async function listen(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'holdfast',
        version: VERSION,
        description: 'Durable tasks on this board: JSON over a unix socket, and over TCP with a bearer token.',
      },
      servers: [{ url: '/' }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{}, { token: [] }],
    },
    refResolver: { buildLocalReference: (json) => String(json.$id) },
  })
}
