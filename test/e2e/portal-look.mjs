/** Opens the store of a portal that has ended, with the portal's own config, and prints what is in it as JSON. */
import { createRuntime } from 'holdfast'
import config from '../../docs/examples/portal/holdfast.config.js'

// Its station is not there: what waits for it goes on waiting.
const runtime = createRuntime(config)
await runtime.start()
const { items: uplinks } = await runtime.find({ kind: 'uplink', limit: 100 })
const { items: schedules } = await runtime.schedules.list()
await runtime.stop()
console.log(JSON.stringify({ uplinks, schedules }))
