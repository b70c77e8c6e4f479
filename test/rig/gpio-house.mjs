/**
 * What runs on a machine whose plug is pulled: a daemon, and a door that moves. `gpio-house.mjs DIST STORE LEVEL`, the level
 * at which the door is found.
 *
 * OPENING                  the store is about to be opened
 * READY <type>...          the daemon is up; what its tasks have heard, in their order, `!` after what happened while away
 * MOVE <type>              the door is about to move       TOLD <type>   that was told
 */
import { writeSync } from 'node:fs'
import { SimulatedChip } from './gpio-sim.mjs'

const [, , dist, path, level] = process.argv
const { contact, createRuntime, defineTask } = await import(`${dist}/src/index.js`)
const say = (line) => writeSync(1, `${line}\n`)

const chip = new SimulatedChip('sim-house', { names: ['GPIO4'] })
let open = level === '1'
chip.pull(0, open)
say('OPENING')
const runtime = createRuntime({
  path,
  tasks: [defineTask({ kind: 'note', run: () => null })],
  devices: { door: contact({ line: 'GPIO4', closed: 'low', debounce: '5ms', onChange: { kind: 'note' } }) },
  gpio: { backend: 'chardev' },
})
await runtime.start()
const { items } = await runtime.find({ kind: 'note', limit: 1_000 })
const heard = items.map(({ input }) => input).sort((a, b) => a.at.localeCompare(b.at))
say(['READY', ...heard.map(({ type, whileAway }) => (whileAway ? `${type}!` : type))].join(' '))
for (;;) {
  open = !open
  const type = open ? 'open' : 'close'
  const told = new Promise((resolve) => {
    const leave = runtime.observe({ device: (news) => resolve(leave(news)) })
  })
  say(`MOVE ${type}`)
  chip.pull(0, open)
  await told
  say(`TOLD ${type}`)
}
