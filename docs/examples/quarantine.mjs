import { subscribe } from 'node:diagnostics_channel'
import { createRuntime, defineTask } from 'holdfast'

const resize = defineTask({ kind: 'resize', run: ({ input }) => `${input} is small now` })
const other = defineTask({ kind: 'other', run: () => null })

const first = createRuntime({ path: './data', tasks: [resize, other] })
await first.start()
const { id } = await first.enqueue('resize', 'a.jpg', { in: '1s' })
await first.stop()

// A release that forgot a kind starts all the same.
const setAside = new Promise((told) => subscribe('holdfast:task.quarantined', told))
const forgetful = createRuntime({ path: './data', tasks: [other] })
await forgetful.start()
await setAside
for (const { code, reason } of await forgetful.quarantine.list()) console.log(code, reason)
console.log(await forgetful.get(id), await forgetful.quarantine.retry(id))
await forgetful.stop()

// The next release has it again.
const repaired = createRuntime({ path: './data', tasks: [resize, other] })
await repaired.start()
console.log(await repaired.quarantine.retry(id))
const task = repaired.handle(id)
console.log(await task.finished())
await repaired.stop()
