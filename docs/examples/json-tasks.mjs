import { createRuntime } from 'holdfast'
import { loadMachines } from 'holdfast/configs'
import { machines } from './machines/holdfast.config.js'

const tasks = loadMachines(new URL('machines/machines', import.meta.url), machines)
const runtime = createRuntime({ path: './data', tasks })
await runtime.start()

const poll = await runtime.enqueue('poll', { station: 'attic' })
await runtime.kinds.set('poll', { every: '5ms' })
console.log(await poll.finished())
console.log((await runtime.events(poll.id)).map(({ event }) => event.level))

const door = await runtime.enqueue('door')
for (const type of ['KNOCK', 'OPEN', 'KNOCK', 'OPEN']) await runtime.send(door.id, { type })
console.log(await door.finished())

await runtime.enqueue('poll', { full: 'to the brim' }).catch(({ code, issues }) => console.log(code, issues))
await runtime.stop()
