/** The daemon that is killed for an hour: the kinds of the crash suites, which tell a witness what they do, and a schedule. */
import { join } from 'node:path'
import * as holdfast from '../../dist/src/index.js'
import { kinds } from '../crash/kinds.mjs'
import { witness } from '../crash/witness.mjs'

const { PLACE } = process.env
const kept = { age: false, count: false }

export default {
  path: join(PLACE, 'store'),
  tasks: kinds(holdfast, witness(join(PLACE, 'witness'))),
  routes: { default: { concurrency: 20 } },
  schedules: {
    beat: { every: '1s', overlap: 'allow', missed: { policy: 'all', limit: 1_000 }, task: { kind: 'plain' } },
  },
  retention: { finished: kept, failed: kept, terminated: kept },
  // What happens to run at four of the kills is no task that kills.
  interruptions: 1_000,
  api: { socket: join(PLACE, 'run/s') },
}
