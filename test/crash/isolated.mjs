/**
 * A daemon with a task in a thread and one in a process: `isolated.mjs DIRECTORY WITNESS MODE PIPE WHAT`. MODE `kill`: it
 * is killed in the middle of both, which hold the PIPE, and the process does WHAT; `live`: they come to their ends, and it prints them.
 */
import { subscribe } from 'node:diagnostics_channel'
import * as holdfast from '../../dist/src/index.js'
import { die, witness } from './witness.mjs'

const [path, witnessed, mode, pipe, what] = process.argv.slice(2)
const say = witness(witnessed)
const module = new URL('../support/isolated/processor.mjs', import.meta.url)
const ids = ['thread', 'process']
const tasks = ids.map((kind) => holdfast.defineTask({ kind, isolate: kind, module }))
let atIt = 0
/** Both say so when nothing but their work is left: the one that blocks its loop hears nothing from then on. */
const info = (line) => line === 'at it' && ++atIt === ids.length && mode === 'kill' && die()
const log = { debug() {}, info, warn() {}, error() {} }
const runtime = holdfast.createRuntime({ path, tasks, log, multitask: { workers: 2 } })
subscribe('holdfast:run.start', ({ id, attempt }) => say({ fact: 'RUN', id, attempt }))
await runtime.start()
const enqueue = (id, does) => runtime.enqueue(id, { do: does, pipe }, { id })
const made = await Promise.all([enqueue('thread', 'blocks'), enqueue('process', what)])
const results = await Promise.all(made.map((task) => task.finished()))
process.stdout.write(JSON.stringify(results))
await runtime.stop()
