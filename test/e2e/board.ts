/** A daemon under a service manager of the test, in a place of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { freshAddress, notifySocket } from '../support/notify-socket.js'
import { daemon } from './daemon.js'

export const CONFIG = fileURLToPath(new URL('service.config.mjs', import.meta.url))

/** `abstract`: the socket is a name of the abstract namespace. */
export function board({ abstract = false }: { abstract?: boolean } = {}) {
  const place = mkdtempSync(join(tmpdir(), 'holdfast-service-'))
  onTestFinished(() => rmSync(place, { recursive: true, force: true, maxRetries: 3 }))
  const address = freshAddress(abstract)
  const manager = notifySocket(address)
  const env = { PLACE: place, TOLD: address, NOTIFY_SOCKET: address }
  return {
    place,
    manager,
    env,
    start: (more: NodeJS.ProcessEnv = {}) => daemon(['start', CONFIG], { env: { ...env, ...more } }),
    /** What the daemon answers over its socket. */
    ask: (method: string, path: string, body?: object) =>
      new Promise<{ status: number; body: unknown }>((resolve, reject) => {
        const headers = { 'content-type': 'application/json' }
        const asking = request({ socketPath: join(place, 'run/s'), method, path, headers }, async (response) => {
          let text = ''
          for await (const chunk of response.setEncoding('utf8')) text += chunk
          resolve({ status: response.statusCode as number, body: JSON.parse(text) })
        })
        asking.on('error', reject)
        asking.end(body && JSON.stringify(body))
      }),
  }
}
