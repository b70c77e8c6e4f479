// npm run bench -- --profile CASE: one run of holdfast under V8's profiler, as a flame graph and a table.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cases } from '../cases.mjs'
import { company, machine } from '../machine.mjs'
import { measure } from '../measurement.mjs'
import { markdown } from '../table.mjs'
import { flame } from './flame.mjs'
import { selfBy, treeOf } from './tree.mjs'

const docs = new URL('../../../docs/', import.meta.url)
/** Of a short run the half would be the compiling of its code. */
const LONGER = 5
const FUNCTIONS = 20
/** Rooms with less than this share are not told of. */
const LEAST = 0.001

/** The profile of the process that had the most to do. */
function profileIn(directory) {
  const paths = readdirSync(directory).map((name) => join(directory, name))
  const [longest] = paths.sort((a, b) => statSync(b).size - statSync(a).size)
  if (!longest) throw new Error('no process of this case ends by itself, so none has a profile')
  return JSON.parse(readFileSync(longest, 'utf8'))
}

const part = (ms, tree) => `${((100 * ms) / tree.totalMs).toFixed(1)} %`

function page({ each, tree, figures, on, date }) {
  const tasks = figures.tasks ?? each.tasks
  const us = (ms) => ((1000 * ms) / tasks).toFixed(1)
  const heading = (name) => [name, 'share', 'us/task']
  const row = ([name, ms]) => [name, part(ms, tree), us(ms)]
  const table = (name, all) => markdown([heading(name), ...all.map(row)])
  const rooms = selfBy(tree, ({ room }) => room).filter(([, ms]) => ms > tree.totalMs * LEAST)
  const functions = selfBy(tree, ({ name, place }) => (place ? `\`${name}\` ${place}` : name))
  return `# Where the time goes

<!-- Written by \`npm run bench -- --profile ${each.name}\`; do not edit. -->

The case \`${each.name}\` of the [benchmarks](benchmarks.md) with ${tasks.toLocaleString('en-US')} tasks, under the profiler of V8, which sees the thread of the event loop: ${us(tree.totalMs)} us a task, the loading of the code included, the waits for the disk left out. With the threads of LevelDB, of libuv and of V8 the process took ${Math.round(figures.cpuUsPerTask)} us of processor time a task. A profiled run is somewhat slower than others.

Measured on ${date}: ${on}.

![A flame graph of ${each.name}](../images/flame-${each.name}.svg)

The widths are times; whoever calls is below. Opened by itself, the picture tells of each frame where it is and how long it took.

## By room

Time in the functions themselves, without what they call. A room is a folder of \`src\` or of \`node_modules\`; native code is what is not JavaScript, the calls into LevelDB among it.

${table('room', rooms)}

## By function

${table('function', functions.slice(0, FUNCTIONS))}
`
}

/** Runs the case and writes docs/reference/where-the-time-goes.md and docs/images/flame-CASE.svg. */
export async function profiled(options, rig) {
  const [asked] = cases({ ...options, modes: [options.profile] })
  const each = { ...asked, tasks: asked.tasks * LONGER, capMs: asked.capMs * LONGER }
  const directory = join(rig.directory, 'profiles')
  mkdirSync(directory)
  const figures = await measure('ours', each, { ...rig, profile: directory })
  if (figures.failed) throw new Error(figures.failed)
  const tree = treeOf(profileIn(directory))
  const on = [machine(rig.directory), company()].filter(Boolean).join('. ')
  const date = new Date().toISOString().slice(0, 10)
  const title = `${each.title.split(':')[0]}: where the time of the event loop goes`
  writeFileSync(new URL(`images/flame-${each.name}.svg`, docs), flame(tree, title))
  writeFileSync(new URL('reference/where-the-time-goes.md', docs), page({ each, tree, figures, on, date }))
  for (const [room, ms] of selfBy(tree, ({ room }) => room)) console.log(`${part(ms, tree).padStart(7)}  ${room}`)
}
