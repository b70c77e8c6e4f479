/**
 * Draws the statecharts into docs/reference/machines.md, from the machines that are built and shipped.
 *   node test/machines/diagrams.mjs           exits 1 when the page is not what the machines say
 *   node test/machines/diagrams.mjs --write   writes it
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const PAGE = fileURLToPath(new URL('../../docs/reference/machines.md', import.meta.url))
const BUILT = new URL('../../dist/machines/index.js', import.meta.url)

const SENTENCES = {
  task: 'The life of one task, from its acceptance to its end; its context is the record on disk.',
  router: 'Sends what is due to the queues of its routes, a page at a time.',
  worker: 'Decides for one route how many queued tasks may start.',
  manifest: 'Holds the failed tasks and puts each back through the router when its retry is due.',
  gate: 'A condition that routes and kinds wait for: asked while somebody needs it, slow to close, ever slower to ask.',
  schedule: 'Makes tasks at points in time until it is paused or at its end; its context is the record on disk.',
  supervisor: 'Starts a child that died anew, alone, and gives up when that happens too often.',
}

/** Mermaid takes letters, digits and underscores as an id; everything else of a name goes into its label. */
const idOf = (node) => node.path.map((part) => part.replace(/[^A-Za-z0-9]/g, '_')).join('__')
/** A colon or a semicolon would end the label of an arrow, a number sign begin an entity. */
const plain = (text) => text.replace(/[:;#]/g, ' ')

const guardName = (guard) => {
  if (guard === undefined) return ''
  const name = typeof guard === 'string' ? guard : (guard.type ?? guard.name)
  return ` [${name || 'guarded'}]`
}

/** Ports are what a machine names; assigns are its own business. A delayed raise is an event to itself. */
const portName = (action) => {
  if (typeof action === 'string') return action
  if (action.type === 'xstate.raise' && action.delay !== undefined && !action.event.type.startsWith('xstate.')) {
    return `${action.event.type} after ${action.delay}`
  }
  return typeof action === 'function' ? undefined : action.type
}
const portsOf = (actions) => actions.map(portName).filter((name) => name !== undefined)

function eventName({ eventType, delay }) {
  if (delay !== undefined) return `after ${delay}`
  return eventType === '' ? 'always' : eventType
}

/** The outgoing transitions of a node, alike ones gathered on one arrow. */
function arrows(node) {
  const delays = new Map(node.after.map(({ eventType, delay }) => [eventType, delay]))
  const all = [...node.transitions.values(), node.always ?? []].flat()
  const gathered = new Map()
  for (const transition of all) {
    const ports = portsOf(transition.actions).join(', ')
    const tail = `${guardName(transition.guard)}${ports ? ` / ${ports}` : ''}`
    const targets = transition.target?.map(idOf) ?? [undefined]
    for (const target of targets) {
      const key = `${target} ${tail}`
      const arrow = gathered.get(key) ?? { target, tail, events: [] }
      const name = eventName({ eventType: transition.eventType, delay: delays.get(transition.eventType) })
      if (!arrow.events.includes(name)) arrow.events.push(name)
      gathered.set(key, arrow)
    }
  }
  return [...gathered.values()].map(({ target, tail, events }) => ({ target, label: plain(events.join(', ') + tail) }))
}

const nested = (node) => Object.values(node.states)

function initialOf(node, indent) {
  const [first] = node.initial?.target ?? []
  return first ? [`${indent}[*] --> ${idOf(first)}`] : []
}

/** What a state does without leaving it. Mermaid lets a nested state have no lines of its own: they become a note. */
function inside(node, id, indent) {
  const lines = [
    ...portsOf(node.entry).map((port) => `entry / ${plain(port)}`),
    ...arrows(node).flatMap(({ target, label }) => (target === undefined ? [label] : [])),
  ]
  if (nested(node).length === 0 || lines.length === 0) return lines.map((line) => `${indent}${id} : ${line}`)
  return [`${indent}note right of ${id}`, ...lines.map((line) => `${indent}  ${line}`), `${indent}end note`]
}

function drawStates(node, indent) {
  const states = nested(node).flatMap((child) => {
    const id = idOf(child)
    const title = `${indent}state "${child.key}" as ${id}`
    const drawn = nested(child).length ? [`${title} {`, ...drawStates(child, `${indent}  `), `${indent}}`] : [title]
    return [...drawn, ...inside(child, id, indent)]
  })
  return [...states, ...initialOf(node, indent)]
}

function drawArrows(node) {
  return nested(node).flatMap((child) => {
    const out = arrows(child).filter(({ target }) => target !== undefined)
    const end = child.type === 'final' ? [`  ${idOf(child)} --> [*]`] : []
    return [
      ...out.map(({ target, label }) => `  ${idOf(child)} --> ${target} : ${label}`),
      ...end,
      ...drawArrows(child),
    ]
  })
}

/** One machine as a Mermaid state diagram. */
export function diagram(machine) {
  return ['stateDiagram-v2', ...drawStates(machine.root, '  '), ...drawArrows(machine.root)].join('\n')
}

const list = (names) => names.map((name) => `\`${name}\``).join(', ')

function section(machine) {
  const sentence = SENTENCES[machine.id]
  if (!sentence) throw new Error(`test/machines/diagrams.mjs has no sentence for the machine '${machine.id}'`)
  const start = portsOf(machine.root.entry)
  const always = arrows(machine.root).map(({ label }) => label)
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await page()
  if (process.argv.includes('--write')) writeFileSync(PAGE, text)
  else if (readFileSync(PAGE, 'utf8') !== text) {
    process.stderr.write('docs/reference/machines.md is not what the machines say: npm run docs:machines\n')
    process.exitCode = 1
  }
}
