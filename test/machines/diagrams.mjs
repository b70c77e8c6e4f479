/**
 * Draws the statecharts into docs/reference/machines.md, and one as a picture, from the machines that are built and
 * shipped.
 *   node test/machines/diagrams.mjs           exits 1 when what is there is not what the machines say
 *   node test/machines/diagrams.mjs --write   writes both
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chartOf } from '../../dist/src/pictures/chart.js'
import { mermaidOf } from '../../dist/src/pictures/mermaid.js'
import { svgOf } from '../../dist/src/pictures/svg.js'
import { definitionOf } from '../../dist/src/runtime/machine-view.js'

export const PAGE = fileURLToPath(new URL('../../docs/reference/machines.md', import.meta.url))
export const PICTURE = fileURLToPath(new URL('../../docs/images/gate.svg', import.meta.url))
const BUILT = new URL('../../dist/machines/index.js', import.meta.url)

const SENTENCES = {
  task: 'The life of one task, from its acceptance to its end; its context is the record on disk.',
  router: 'Sends what is due to the queues of its routes, a page at a time.',
  worker: 'Decides for one route how many queued tasks may start.',
  manifest: 'Holds the failed tasks and puts each back through the router when its retry is due.',
  gate: 'A condition that routes and kinds wait for: asked while somebody needs it, slow to close, ever slower to ask.',
  schedule: 'Makes tasks at points in time until it is paused or at its end; its context is the record on disk.',
  supervisor: 'Starts a child that died anew, alone, and gives up when that happens too often.',
  contact: 'A door, a window, a float: open or closed, and told when it is left open.',
  button: 'Press and release, click and double click, hold and its repeats.',
  motion: 'Motion at the first sign of it, clear when there was none for a while.',
  input: 'A line as it is: high or low.',
  output: 'A relay or a lamp: on, off, a pulse, a blink, and never on for longer than it may be.',
  interlock: 'Outputs of which never two are on: off, a wait, and on.',
  dimmer: 'An output between off and on, by pulse width.',
  sensor: 'Readings every so often, the zone they lie in, and the fault when there are none.',
}

/** One machine as a Mermaid state diagram. */
export const diagram = (machine) => mermaidOf(definitionOf(machine))

const list = (names) => names.map((name) => `\`${name}\``).join(', ')

function section(machine) {
  const sentence = SENTENCES[machine.id]
  if (!sentence) throw new Error(`test/machines/diagrams.mjs has no sentence for the machine '${machine.id}'`)
  const { lines } = chartOf(definitionOf(machine))
  const start = lines.flatMap((line) => (line.startsWith('entry / ') ? [line.slice('entry / '.length)] : []))
  const always = lines.filter((line) => !line.startsWith('entry / '))
  const facts = [
    `Ports: ${list(Object.keys(machine.implementations.actions))}.`,
    ...(start.length ? [`At its start: ${list(start)}.`] : []),
    ...(always.length ? [`In every state: ${list(always)}.`] : []),
  ]
  return [`## ${machine.id}`, '', sentence, '', '```mermaid', diagram(machine), '```', '', facts.join(' '), ''].join(
    '\n',
  )
}

/** The whole page. */
export async function page() {
  const built = Object.values(await import(BUILT.href)).filter((each) => each?.root && each?.implementations)
  const order = Object.keys(SENTENCES)
  const machines = built.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id))
  const head = [
    '# Machines',
    '',
    'Drawn from the machines themselves by `npm run docs:machines`; do not edit. An arrow reads `event [guard] / ports`:',
    'a port is an action that leaves the machine and is played only after the commit that holds the step. A line within',
    'a state is what it does on entry, or an event that leaves it where it is.',
    '',
  ]
  return [...head, ...machines.map(section)].join('\n')
}

/** The picture in the guide. */
export async function picture() {
  const { gateMachine } = await import(BUILT.href)
  return svgOf(definitionOf(gateMachine))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, text] of [
    [PAGE, await page()],
    [PICTURE, await picture()],
  ]) {
    if (process.argv.includes('--write')) writeFileSync(file, text)
    else if (readFileSync(file, 'utf8') !== text) {
      process.stderr.write(`${file} is not what the machines say: npm run docs:machines\n`)
      process.exitCode = 1
    }
  }
}
