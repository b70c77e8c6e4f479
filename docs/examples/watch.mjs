import { subscribe } from 'node:diagnostics_channel'
import { createRuntime, defineTask } from 'holdfast'

// Every point is a channel of node:diagnostics_channel.
subscribe('holdfast:run.end', ({ kind, outcome }) => console.log(`${kind}: ${outcome}`))

const copy = defineTask({
  kind: 'copy',
  run: async (task) => {
    for (const percent of [50, 100]) task.progress({ percent }) // shown by get(id) while it runs
    await task.emit({ type: 'copied', file: task.input }) // kept; read again by events()
  },
})

const runtime = createRuntime({ path: './data', tasks: [copy] })
await runtime.start()
const { id, finished } = await runtime.enqueue('copy', 'a.jpg', { in: '1s' })

// One task, as an XState actor that is shown every committed step.
const actor = await runtime.task(id)
actor.subscribe((snapshot) => console.log(snapshot.value))
await finished()
actor.stop()

console.log((await runtime.get(id)).history.map(({ state }) => state).join(' '))
for (const { seq, event } of await runtime.events({ after: 0 })) console.log(seq, event)
await runtime.stop()
