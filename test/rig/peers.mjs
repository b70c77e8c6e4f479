/**
 * The same power cuts on other queues, and what each of them lost.
 *
 *   node test/rig/peers.mjs [--cuts 20] [--seed N] [--only holdfast,bullmq-always] [--fs ext4|f2fs] [--write]
 *
 * `--write` writes docs/reference/power-cuts.md. Redis has to be installed (apt-get install redis-server), and the peers
 * (npm ci in test/bench/peers).
 */
import { cpSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { aligned, markdown } from '../bench/table.mjs'
import { FILE_SYSTEMS } from './disk.mjs'
import { Machine } from './machine.mjs'
import { queues } from './peer-queues.mjs'
import { generator } from './plan.mjs'
import { Rig } from './rig.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const PAGE = new URL('../../docs/reference/power-cuts.md', import.meta.url)
const DIRECTORY = '/run/disk/queue'
/** A cut comes so long after the first acknowledgement; what is written once a second is written a few times by then. */
const [SOONEST_MS, LATEST_MS] = [500, 4500]

function readOptions() {
  const text = (value) => ({ type: 'string', default: value })
  const options = { cuts: text('20'), seed: text(String(Date.now() % 1_000_000)), fs: text('ext4') }
  options.only = text(Object.keys(queues).join())
  options.write = { type: 'boolean', default: false }
  const { values } = parseArgs({ options })
  const only = values.only.split(',')
  const [cuts, seed] = [values.cuts, values.seed].map(Number)
  if (![cuts, seed].every(Number.isSafeInteger) || only.some((name) => !queues[name])) {
    console.error(`--cuts, --seed: whole numbers; --only: ${Object.keys(queues)}`)
    process.exit(2)
  }
  if (!FILE_SYSTEMS.includes(values.fs)) {
    console.error(`--fs: ${FILE_SYSTEMS}`)
    process.exit(2)
  }
  return { ...values, only, cuts, seed }
}

/** One cut of one queue on a new disk: what it had acknowledged, and what of that was not so. */
async function cut(rig, name, delayMs) {
  rig.write = () => `node ${here}peer-guest.mjs write ${name} ${rig.work}/dist ${DIRECTORY}`
  rig.check = (witness) => `node ${here}peer-guest.mjs check ${name} ${rig.work}/dist ${DIRECTORY} ${witness}`
  rig.freshDisk()
  const { bad } = await rig.cutAt({ word: 'ACK', delayMs })
  const said = rig.witness.lines()
  const complaint = await rig.look()
  if (bad.length > 0) throw new Error(`${name}: ${bad}`)
  const found = rig.witness.lines().slice(said.length)
  const of = (word, lines) => lines.filter(([first]) => first === word)
  const acked = of('ACK', said)
  const lost = of('LOST', found).map(([, , at]) => Number(at))
  const last = Number(acked.at(-1)?.[2])
  return {
    opened: of('CHECKED', found).length > 0,
    complaint,
    acked: acked.length,
    lost: lost.length,
    lostMs: lost.length > 0 ? last - Math.min(...lost) : 0,
    ended: of('END', said).length,
    undone: of('UNDONE', found).length,
    again: new Set(of('AGAIN', found).map(([, id]) => id)).size,
  }
}

const HEADING = ['', 'acknowledged', 'gone', 'cuts that lost some', 'most, in ms', 'ended', 'run again', 'did not open']

function row(name, results) {
  const sum = (of) => results.reduce((all, result) => all + Number(of(result)), 0)
  return [
    `${queues[name].title()}, ${queues[name].setting}`,
    sum(({ acked }) => acked).toLocaleString('en'),
    sum(({ lost }) => lost).toLocaleString('en'),
    `${sum(({ lost }) => lost > 0)} of ${results.length}`,
    Math.max(...results.map(({ lostMs }) => lostMs)).toLocaleString('en'),
    sum(({ ended }) => ended).toLocaleString('en'),
    sum(({ again }) => again).toLocaleString('en'),
    String(sum(({ opened }) => !opened)),
  ]
}

function page(rows, { cuts, seed, fs }) {
  return `# Power cuts

<!-- Written by \`node test/rig/peers.mjs --write\`; do not edit. -->

What is gone when the power goes: the same cuts on this runtime and on other queues.

\`\`\`sh
npm run build && node test/rig/peers.mjs --write # half an hour
node test/rig/peers.mjs --cuts 3 --only bullmq-everysec,holdfast
\`\`\`

A [machine whose plug can be pulled](../../test/rig/README.md) works with an empty disk of ${fs}: ten callers make jobs of 5 ms, at most a
hundred ahead of what ran. At a random moment within ${LATEST_MS / 1000} s all its processes are killed at once: what was fsynced is there, what
was not is gone. The machine boots again, each job that had been acknowledged is looked for, and what is there is run.
${cuts} cuts of each, the same moments for all: seed ${seed}, ${new Date().toISOString().slice(0, 10)}. The disk has no write cache of its own,
and the machine is a slow one: how much was acknowledged says little of speed.

${markdown([HEADING, ...rows])}

- **acknowledged**: the call that made the job had come back.
- **gone**: of these, not there after the cut.
- **most, in ms**: from the acknowledgement of the first job that is gone to that of the last job before the cut, at the worst cut.
- **ended**: the queue had told that the job is done.
- **run again**: of these, run once more after the cut. A job that ran when the power went is run again by all of them, and is not counted.
- **did not open**: cuts after which the queue could not be opened, or not looked through.
`
}

const options = readOptions()
Machine.prepare()
const rig = new Rig(options.fs, Machine)
cpSync(fileURLToPath(new URL('../../dist', import.meta.url)), `${rig.work}/dist`, { recursive: true })
console.log(`${options.cuts} power cuts each, seed ${options.seed}, ${options.fs}`)
const random = generator(options.seed)
const results = Object.fromEntries(options.only.map((name) => [name, []]))
for (let number = 1; number <= options.cuts; number++) {
  const delayMs = SOONEST_MS + random() * (LATEST_MS - SOONEST_MS)
  for (const name of options.only) {
    const result = await cut(rig, name, delayMs)
    results[name].push(result)
    const { acked, lost, lostMs, ended, undone, again, opened, complaint } = result
    const figures = `${acked} acknowledged, ${lost} gone (${lostMs} ms), ${ended} ended, ${undone} of them not, ${again} run again`
    console.log(
      `${String(number).padStart(4)}  ${name.padEnd(16)} +${delayMs.toFixed(0)} ms: ${figures}${opened ? '' : `; did not open: ${complaint}`}`,
    )
  }
}
rig.clear()
const rows = options.only.map((name) => row(name, results[name]))
console.log(`\n${aligned([HEADING, ...rows])}`)
if (options.write) writeFileSync(PAGE, page(rows, options))
