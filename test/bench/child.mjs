// One phase of one measurement, in a process of its own. argv: the order as JSON (see measurement.mjs).
import { drivers } from './drivers/index.mjs'
import { modes } from './modes/index.mjs'
import { begin } from './probe.mjs'

const order = JSON.parse(process.argv[2])
const { open } = await drivers[order.system]()
const say = (message) => new Promise((resolve) => process.send(message, resolve))

/** Hands over what was measured and waits to be killed. */
const killMe = async (figures) => {
  await say({ kill: figures })
  await new Promise(() => process.on('message', () => {}))
}
/** Hands over and keeps still while the parent watches this process from outside. */
const watchMe = async (figures, ms) => {
  await say({ watch: figures, ms })
  await new Promise(() => process.on('message', () => {}))
}

const work = () =>
  modes[order.mode][order.phase]({
    ...order,
    /** Opens the system under test; `run` is called with the input as the first thing of each run. */
    open: (run, options = {}) => open({ ...order, ...options, run }),
    begin: () => begin(order.directory, order.server?.pid),
    killMe,
    watchMe,
  })
await say({ result: await work().catch((error) => ({ failed: error.message.split('\n')[0] })) })
process.exit(0)
