import { newerPeer } from './peers.mjs'
import { settled } from './settled.mjs'

const { Logger, makeWorkerUtils, run: startWorker } = await import(newerPeer.resolve('graphile-worker'))
const { Pool } = newerPeer('pg')

const CONNECTIONS = 20
/** Its documentation's way to many jobs a second: they are fetched and completed in batches. */
const LOCAL_QUEUE = 500
const logger = new Logger(() => () => {})

const ADD_MANY =
  'select count(*) from graphile_worker.add_jobs(array(select json_populate_recordset(null::graphile_worker.job_spec, $1::json)))'
const LEFT = 'select count(*)::int as jobs from graphile_worker._private_jobs'

export async function open({ server, concurrency, run }) {
  const pgPool = new Pool({ host: server.socket, user: server.user, database: 'postgres', max: CONNECTIONS })
  // Without these it warns of a server that may go away.
  pgPool.on('error', (error) => console.error(error.message))
  pgPool.on('connect', (client) => client.on('error', (error) => console.error(error.message)))
  const utils = await makeWorkerUtils({ pgPool, logger })
  await utils.migrate()
  const batches = { localQueue: { size: LOCAL_QUEUE }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }
  const worker = await startWorker({
    pgPool,
    logger,
    noHandleSignals: true,
    taskList: { noop: (input) => run(input) },
    preset: { worker: { concurrentJobs: concurrency, ...batches } },
  })
  const count = settled(async (added) => added - (await pgPool.query(LEFT)).rows[0].jobs)
  worker.events.on('job:complete', count.end)
  return {
    async addMany(inputs) {
      count.add(inputs.length)
      await pgPool.query(ADD_MANY, [JSON.stringify(inputs.map((payload) => ({ identifier: 'noop', payload })))])
    },
    async addOne(input) {
      count.add(1)
      await utils.addJob('noop', input)
    },
    ended: count.ended,
  }
}
