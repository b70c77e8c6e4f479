import { join } from 'node:path'
import { peer } from './peers.mjs'

const Database = peer('better-sqlite3')
const { better, defineQueue, defineWorker } = await import(peer.resolve('plainjob'))

const POLL_MS = 1000
const logger = { error: console.error, warn() {}, info() {}, debug() {} }

export async function open({ directory, run }) {
  const database = new Database(join(directory, 'plainjob.db'))
  const queue = defineQueue({ connection: better(database), logger })
  // Its own default, NORMAL, may lose what it has acknowledged.
  database.pragma('synchronous = FULL')
  let ended = 0
  const processor = async (job) => {
    await run(JSON.parse(job.data))
    // Everything it does is synchronous: without a turn of the event loop nobody could enqueue meanwhile.
    await new Promise(setImmediate)
  }
  const onCompleted = () => {
    ended += 1
  }
  const worker = defineWorker('noop', processor, { queue, logger, pollIntervall: POLL_MS, onCompleted })
  worker.start()
  return {
    pollMs: POLL_MS,
    addMany: async (inputs) => queue.addMany('noop', inputs),
    addOne: async (input) => queue.add('noop', input),
    ended: () => ended,
  }
}
