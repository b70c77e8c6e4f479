import { peer } from './peers.mjs'

const { Logger, makeWorkerUtils, run: startWorker } = peer('graphile-worker')
const { Pool } = peer('pg')

const CONNECTIONS = 20
const logger = new Logger(() => () => {})

// Its documented way to add many: one statement, one commit.
const ADD_MANY =
  'select count(*) from graphile_worker.add_jobs(array(select json_populate_recordset(null::graphile_worker.job_spec, $1::json)))'

export async function open({ server, concurrency, run }) {
  const pgPool = new Pool({ host: server.socket, user: server.user, database: 'postgres', max: CONNECTIONS })
  const utils = await makeWorkerUtils({ pgPool, logger })
  await utils.migrate()
  const taskList = { noop: (input) => run(input) }
  const worker = await startWorker({ pgPool, logger, concurrency, taskList, noHandleSignals: true })
  let ended = 0
  worker.events.on('job:complete', () => {
    ended += 1
  })
  return {
    addMany: (inputs) =>
      pgPool.query(ADD_MANY, [JSON.stringify(inputs.map((payload) => ({ identifier: 'noop', payload })))]),
    addOne: (input) => utils.addJob('noop', input),
    ended: () => ended,
  }
}
