/**
 * Two services that take an order, answer at once, and report when they are done: `node services.mjs SOCKET`. Photos of
 * pictures called `dark…` fail.
 */
import { fileURLToPath } from 'node:url'
import { createClient } from 'holdfast/client'
import { keyedServer } from '../keyed-server.mjs'

/** What a service reports to the task that asked. */
function reportOf(path, { picture, try: number }) {
  if (path === '/captions') return { type: 'CAPTION_DONE', text: `This is ${picture}.` }
  if (picture.startsWith('dark')) return { type: 'PHOTO_FAILED', try: number }
  return { type: 'PHOTO_DONE', file: `large-${picture}` }
}

/** `socket` is that of the daemon; `taken` hears of each order. */
export async function services({ port, socket, taken }) {
  const client = createClient({ socket, retry: '1m' })
  // A task that has ended by now has heard it before.
  const lost = ({ code, message }) => code === 'ERR_ILLEGAL_TRANSITION' || taken('lost', message)
  const told = (path, order, { key, again }) => {
    if (!again) taken(path, order)
    // The same order again is the same report again: `once` makes one event of them.
    if (order.task) client.send(order.task, reportOf(path, order), { once: key }).catch(lost)
  }
  const { url, server } = await keyedServer({ port, told })
  server.on('close', () => client.close())
  return { url, server }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const taken = (path, order) => console.log(path, JSON.stringify(order))
  const { url } = await services({ port: 7719, socket: process.argv[2], taken })
  console.log(`the services are at ${url}`)
}
