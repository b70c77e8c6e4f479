import { peer } from './peers.mjs'

const { Queue, Worker } = peer('bullmq')

export async function open({ server, concurrency, run }) {
  const connection = { host: '127.0.0.1', port: server.port, maxRetriesPerRequest: null }
  const queue = new Queue('bench', { connection })
  const worker = new Worker('bench', (job) => run(job.data), { connection, concurrency })
  let ended = 0
  worker.on('completed', () => {
    ended += 1
  })
  worker.on('error', (error) => console.error(error.message))
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
  return {
    addMany: (inputs) => queue.addBulk(inputs.map((data) => ({ name: 'noop', data }))),
    addOne: (input) => queue.add('noop', input),
    ended: () => ended,
  }
}
