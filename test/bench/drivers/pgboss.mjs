import { newerPeer } from './peers.mjs'
import { settled } from './settled.mjs'

const { PgBoss } = await import(newerPeer.resolve('pg-boss'))
const { Pool } = newerPeer('pg')

const QUEUE = 'noop'
const BATCH = 500
const OVER = `select count(*)::int as jobs from pgboss.job where name = '${QUEUE}' and state = 'completed'`

/** Batches of 500 without a pause while they come back full, and a notice that wakes it: the fastest it can be told to be. */
export async function open({ server, run }) {
  const reach = { host: server.socket, user: server.user, database: 'postgres' }
  const boss = new PgBoss({ ...reach, max: 20, useListenNotify: true, schedule: false })
  boss.on('error', (error) => console.error(error.message))
  await boss.start()
  await boss.createQueue(QUEUE, { notify: true })
  const database = new Pool({ ...reach, max: 1 })
  const count = settled(async () => (await database.query(OVER)).rows[0].jobs)
  await boss.work(QUEUE, { batchSize: BATCH, burstWhenBatchFull: true }, async (jobs) => {
    await Promise.all(jobs.map(({ data }) => run(data)))
    for (const _ of jobs) count.end()
  })
  return {
    async addMany(inputs) {
      count.add(inputs.length)
      await boss.insert(
        QUEUE,
        inputs.map((data) => ({ data })),
      )
    },
    async addOne(input) {
      count.add(1)
      await boss.send(QUEUE, input)
    },
    ended: count.ended,
  }
}
