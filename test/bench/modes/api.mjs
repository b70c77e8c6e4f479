import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const client = new URL('./api-client.mjs', import.meta.url)
const READERS = 20

/** What clients in a process of their own come to. */
async function asked(order) {
  const child = fork(client, [JSON.stringify(order)])
  const [figure] = await once(child, 'message')
  return figure
}

/** Over the unix socket: tasks acknowledged, by one client and by a hundred, and transitions told to twenty readers. */
export async function api({ open, tasks, directory }) {
  const socket = join(directory, 'run', 's')
  await open(() => null, { runtime: { api: { socket, limits: { rate: 1_000_000 } } } })
  const one = await asked({ socket, what: 'enqueue', clients: 1, tasks: tasks / 5 })
  const hundred = await asked({ socket, what: 'enqueue', clients: 100, tasks })
  const events = await asked({ socket, what: 'events', clients: READERS, tasks })
  return { oneClientPerSecond: one, hundredClientsPerSecond: hundred, eventsPerSecond: events }
}
