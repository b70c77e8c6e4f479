/** Whatever is asked, the API answers below 500, lives, and does not grow. */
import { request } from 'node:http'
import { expect, test } from 'vitest'
import { chance, SEED } from '../support/chance.js'
import { type Board, board } from './board.js'
import { type Document, type Made, Requests } from './requests-of.js'

const TORTURE = process.env.TORTURE !== undefined
const COUNT = TORTURE ? 20_000 : 1_500
const AT_ONCE = 8
const MEGABYTE = 1024 * 1024

/** The status; a stream is left as soon as it begins, and some requests are left in the middle. */
function send(
  socketPath: string,
  { method, path, headers, raw }: Made,
  leave: boolean,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const failed = (error: Error) => resolve({ status: leave ? 0 : -1, text: error.message })
    try {
      const sent = request({ socketPath, method, path, headers, agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
          if (!/event-stream/.test(response.headers['content-type'] ?? '')) return
          sent.destroy()
          resolve({ status: response.statusCode ?? 0, text: '' })
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        response.on('error', failed)
      })
      sent.on('error', failed)
      if (!leave) {
        sent.end(raw)
        return
      }
      sent.setHeader('content-length', String(Buffer.byteLength(raw ?? '') + 10))
      sent.write(raw ?? 'x', () => sent.destroy(new Error('left')))
    } catch (error) {
      // node:http itself refuses to send it.
      resolve({ status: 0, text: String(error) })
    }
  })
}

const memory = async (b: Board) =>
  Number(/^holdfast_process_resident_memory_bytes (\d+)$/m.exec((await b.get('/metrics')).text)?.[1]) / MEGABYTE

test(`${COUNT} requests made of the description`, { timeout: TORTURE ? 900_000 : 120_000 }, async () => {
  const b = await board()
  const below = chance(SEED)
  const requests = new Requests((await b.get('/openapi.json')).json as Document, below)
  const wrong: object[] = []
  const counts = new Map<number, number>()
  let left = COUNT
  let before = 0
  const client = async () => {
    while (left-- > 0) {
      if (left === Math.floor(COUNT * 0.6)) before = await memory(b)
      const made = requests.next()
      const leave = below(50) === 0
      const { status, text } = await send(b.socket, made, leave)
      counts.set(status, (counts.get(status) ?? 0) + 1)
      if (status >= 500 || status === -1) wrong.push({ made, status, text })
      for (const [, id] of text.matchAll(/"(?:id|lease)":"([\w-]{5,60})"/g)) if (id) requests.known[below(50)] = id
      for (let i = 0; i < requests.known.length; i++) requests.known[i] ??= 'nobody'
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, client))
  expect(wrong.slice(0, 5), `seed ${SEED}`).toEqual([])
  // It was not all refused: a fuzz that only knocks at the door proves nothing.
  expect((counts.get(200) ?? 0) + (counts.get(201) ?? 0) + (counts.get(202) ?? 0)).toBeGreaterThan(COUNT / 8)
  expect(counts.get(400) ?? 0).toBeGreaterThan(COUNT / 20)
  expect(await memory(b)).toBeLessThan(before + 60)
  expect((await b.done('add', { a: 1, b: 2 }, { priority: 9 })).kind).toBe('add')
})
