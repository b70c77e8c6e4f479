/**
 * Queues whose plug is pulled, each behind the same few verbs. `open({ dist, directory, run, onEnd })` gives
 * `add(data)`, which resolves with the id when the queue acknowledged it, `stateOf(id)` (`gone`, `ended`, `there`),
 * `work()`, which begins to run what is there, and `left()`, how many have not ended.
 */
import { readFileSync } from 'node:fs'
import { peer } from '../bench/drivers/peers.mjs'
import { redis } from '../bench/servers/redis.mjs'

const version = (name) =>
  JSON.parse(readFileSync(new URL(`../bench/peers/node_modules/${name}/package.json`, import.meta.url), 'utf8')).version

/** How many run at once, where a queue can do that. */
const CONCURRENCY = 10
/** After so long without a sign of its worker a job of a peer is taken up again; by default it is 30 s, and 30 minutes. */
const SILENT_MS = 3000
const silent = { error: console.error, warn() {}, info() {}, debug() {} }

async function holdfast({ dist, directory, run, onEnd }) {
  const { createRuntime, defineTask } = await import(`${dist}/src/index.js`)
  let mayRun = () => {}
  const begun = new Promise((resolve) => {
    mayRun = resolve
  })
  const work = defineTask({ kind: 'work', run: async ({ id }) => begun.then(() => run(id)) })
  const routes = { default: { concurrency: CONCURRENCY } }
  const runtime = createRuntime({ path: `${directory}/store`, tasks: [work], routes })
  await runtime.start()
  runtime.observe({ moved: ({ id, to }) => to === 'FINISHED' && onEnd(id) })
  return {
    add: async (data) => (await runtime.enqueue('work', data)).id,
    stateOf: async (id) => {
      const view = await runtime.get(id)
      return !view ? 'gone' : view.state === 'FINISHED' ? 'ended' : 'there'
    },
    work: () => mayRun(),
    left: () => runtime.count({ state: ['SPOOLED', 'QUEUED', 'RUNNING'] }),
  }
}

const bullmq = (fsync) =>
  async function open({ directory, run, onEnd }) {
    const { Queue, Worker } = peer('bullmq')
    const server = await redis.startServer({ directory, env: {}, fsync })
    const connection = { host: '127.0.0.1', port: server.port, maxRetriesPerRequest: null }
    const queue = new Queue('work', { connection })
    const options = { connection, concurrency: CONCURRENCY, autorun: false, lockDuration: SILENT_MS }
    const worker = new Worker('work', (job) => run(job.id), { ...options, stalledInterval: SILENT_MS / 2 })
    worker.on('completed', (job) => onEnd(job.id))
    worker.on('error', (error) => console.error(error.message))
    await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
    return {
      add: async (data) => (await queue.add('work', data)).id,
      stateOf: async (id) => {
        const job = await queue.getJob(id)
        return !job ? 'gone' : (await job.getState()) === 'completed' ? 'ended' : 'there'
      },
      work: () => void worker.run(),
      left: () => queue.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized'),
    }
  }

const plainjob = (synchronous) =>
  async function open({ directory, run, onEnd }) {
    const { better, defineQueue, defineWorker } = await import(peer.resolve('plainjob'))
    const database = new (peer('better-sqlite3'))(`${directory}/plainjob.db`)
    const times = { timeout: SILENT_MS, maintenanceInterval: SILENT_MS / 2 }
    const queue = defineQueue({ connection: better(database), logger: silent, ...times })
    database.pragma(`synchronous = ${synchronous}`)
    const processor = async ({ id }) => {
      await run(id)
      await new Promise(setImmediate)
    }
    const onCompleted = ({ id }) => onEnd(id)
    const worker = defineWorker('work', processor, { queue, logger: silent, pollIntervall: 20, onCompleted })
    const [DONE, OPEN] = [2, [0, 1]]
    return {
      add: async (data) => {
        // Everything it does is synchronous: without a turn of the event loop nobody else would come to do anything.
        await new Promise(setImmediate)
        return queue.add('work', data).id
      },
      stateOf: async (id) => {
        const job = queue.getJobById(Number(id))
        return !job ? 'gone' : job.status === DONE ? 'ended' : 'there'
      },
      work: () => void worker.start(),
      left: async () => OPEN.reduce((sum, status) => sum + queue.countJobs({ status }), 0),
    }
  }

const redisTitle = () => `BullMQ ${version('bullmq')}, Redis ${redis.version()}`
const sqliteTitle = () => `plainjob ${version('plainjob')}, better-sqlite3 ${version('better-sqlite3')}`

export const queues = {
  holdfast: { title: () => '**holdfast**', setting: 'its default', open: holdfast },
  'bullmq-everysec': { title: redisTitle, setting: '`appendfsync everysec`', open: bullmq('everysec') },
  'bullmq-always': { title: redisTitle, setting: '`appendfsync always`', open: bullmq('always') },
  'plainjob-normal': { title: sqliteTitle, setting: 'WAL, `synchronous = NORMAL`', open: plainjob('NORMAL') },
  'plainjob-full': { title: sqliteTitle, setting: 'WAL, `synchronous = FULL`', open: plainjob('FULL') },
}
