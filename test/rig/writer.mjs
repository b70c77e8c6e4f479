/**
 * Makes tasks until the power goes, and says on the host what it was told.
 *
 *   writer.mjs DIST STORE BOOT
 *
 * TRY <id>...          these are about to be made, in one commit
 * ACK <id>             enqueue resolved
 * RUN <id> <attempt>   a processor started              ACT <id>   the machine's action ran
 * END <id> <state>     finished() settled
 */
import { kinds, say } from './kinds.mjs'
import { making } from './making.mjs'

const [, , dist, store, boot] = process.argv
const { createRuntime, defineTask } = await import(`${dist}/src/index.js`)

/** How many tasks of one stream may be unfinished: the store must not outgrow what a check can read. */
const AHEAD = 40

say('OPENING')
const openedAt = performance.now()
const runtime = createRuntime({ path: store, tasks: kinds(defineTask), routes: { default: { concurrency: 20 } } })
await runtime.start()
say(`OPEN ${(performance.now() - openedAt).toFixed(1)}`)

const { nextId, one, batch, parent, mourned, patient, stream } = making(runtime, boot, AHEAD)
await Promise.all([
  stream(() => one('work', { ms: 0 }), 1),
  stream(() => one('work', { ms: 20 })),
  stream(() => one('work', { ms: 1 }, { id: nextId('later'), in: 150 })),
  stream(() => one('once', { ms: 15 })),
  stream(() => one('breeder', { ms: 5 })),
  stream(() => one('flaky', {})),
  stream(mourned, 5),
  stream(parent),
  stream(patient),
  stream(batch, 2),
])
