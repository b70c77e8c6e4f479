/**
 * A small daemon under the mixed load: `child.mjs DIRECTORY WITNESS [POINT]`. It dies at POINT; without one it ends when
 * everything has settled, and prints how often each point was passed.
 */
import { subscribe } from 'node:diagnostics_channel'
import * as holdfast from '../../dist/src/index.js'
import { POINTS } from '../../dist/src/kernel/telemetry.js'
import { kinds } from './kinds.mjs'
import { arm, count, told, witness } from './witness.mjs'
import { workload } from './workload.mjs'

const [path, log, point] = process.argv.slice(2)
const before = told(log)
const say = witness(log)
const hits = count(POINTS)
if (point) arm(point)
subscribe('holdfast:task.emitted', ({ taskId, seq }) => say({ fact: 'EMITTED', id: taskId, seq }))
subscribe('holdfast:schedule.ticked', ({ task }) => say({ fact: 'TICKED', id: task }))

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const runtime = holdfast.createRuntime({ path, tasks: kinds(holdfast, say), log: silent })
await runtime.start()
await workload(runtime, say, before, process.pid)
await runtime.stop()
process.stdout.write(JSON.stringify(hits))
