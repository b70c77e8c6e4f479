/**
 * A daemon whose machines are the files beside its store: `json-versions.mjs DIRECTORY WITNESS IDS [POINT]`. It enqueues
 * the tasks of IDS. With HANG no call comes to its end, and it is killed when all of them are in flight; else it dies at
 * POINT, or ends when every task has.
 */
import { subscribe } from 'node:diagnostics_channel'
import { dirname, join } from 'node:path'
import { fromPromise } from 'xstate'
import { loadMachines } from '../../dist/src/configs/index.js'
import { createRuntime } from '../../dist/src/index.js'
import { arm, die, witness } from './witness.mjs'

const [path, log, given, point] = process.argv.slice(2)
const ids = given.split(',')
const { HANG } = process.env
const say = witness(log)
if (point) arm(point)

const called = new Set()
const call = fromPromise(({ input }) => {
  say({ fact: 'CALL', ...input })
  if (!HANG) return Promise.resolve()
  called.add(input.id)
  if (ids.every((id) => called.has(id))) die()
  return new Promise(() => undefined)
})
const mark = (_, params) => say({ fact: 'EFFECT', ...params })

subscribe('holdfast:task.migrated', ({ id, from, to }) => say({ fact: 'MIGRATED', id, from, to }))

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const tasks = loadMachines(join(dirname(path), 'machines'), { actors: { call }, actions: { mark } })
const runtime = createRuntime({ path, tasks, log: silent, interruptions: 100 })
await runtime.start()
for (const id of ids) await runtime.enqueue('visit', { id }, { id })
for (const id of ids) say({ fact: 'RESULT', id, result: await runtime.handle(id).finished() })
await runtime.stop()
