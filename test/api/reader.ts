/** A reader of the event stream, as a test is one. */
import { type ClientRequest, request } from 'node:http'
import { onTestFinished } from 'vitest'

export interface Told {
  readonly id?: string
  readonly event?: string
  // biome-ignore lint/suspicious/noExplicitAny: what came, as it is
  readonly data?: any
}

/** A reader of the stream; `next` gives the next event that holds. It leaves with its test, unless somebody else sees to it. */
export async function reader(
  socket: string,
  path = '/v1/events',
  headers: Record<string, string> = {},
  { end = onTestFinished }: { end?: (undo: () => void) => void } = {},
) {
  const told: Told[] = []
  const waiting = new Set<() => void>()
  let sent!: ClientRequest
  const status = await new Promise<number>((resolve, reject) => {
    sent = request({ socketPath: socket, path, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        const blocks = text.split('\n\n')
        text = blocks.pop() ?? ''
        for (const block of blocks) told.push(parsed(block))
        for (const wake of waiting) wake()
      })
      response.on('error', () => undefined)
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end()
  })
  sent.on('error', () => undefined)
  end(() => void sent.destroy())
  let at = 0
  const next = async (holds: (each: Told) => boolean): Promise<Told> => {
    for (;;) {
      while (at < told.length) {
        const each = told[at++] as Told
        if (holds(each)) return each
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          waiting.delete(wake)
          resolve()
        }
        waiting.add(wake)
      })
    }
  }
  const said = () => next(({ event }) => event === 'emitted')
  return { status, told, next, said, close: () => sent.destroy() }
}

function parsed(block: string): Told {
  const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2))) as Record<
    string,
    string
  >
  return { ...fields, ...(fields.data ? { data: JSON.parse(fields.data) } : {}) }
}
