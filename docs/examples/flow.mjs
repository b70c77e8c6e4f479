import { createRuntime, defineTask } from 'holdfast'

const archive = defineTask({ kind: 'archive', run: ({ input }) => `${input.day}.tar` })

const thumbnail = defineTask({
  kind: 'thumbnail',
  run: ({ input }) => {
    if (input.picture === 'broken.jpg') throw new Error('no picture')
    return `${input.picture}.small`
  },
})

const uplink = defineTask({
  kind: 'uplink',
  run: async (task) => {
    const parts = await task.dependencies()
    const sent = parts.filter(({ state }) => state === 'FINISHED').map(({ result }) => result)
    const lost = parts.filter(({ state }) => state !== 'FINISHED').map(({ error }) => error.message)
    return `sent ${sent.join(' ')}${lost.length > 0 ? `, without: ${lost.join(', ')}` : ''}`
  },
})

const runtime = createRuntime({ path: './data', tasks: [archive, thumbnail, uplink] })
await runtime.start()

// One call, one commit: all of the flow, or none of it.
const [, , , sending] = await runtime.enqueueMany([
  { kind: 'archive', id: 'day-1', input: { day: 'day-1' }, group: 'day-1' },
  { kind: 'thumbnail', id: 'front', input: { picture: 'front.jpg' }, group: 'day-1', dependsOn: ['day-1'] },
  { kind: 'thumbnail', id: 'back', input: { picture: 'broken.jpg' }, group: 'day-1', dependsOn: ['day-1'] },
  { kind: 'uplink', group: 'day-1', dependsOn: { tasks: ['day-1', 'front', 'back'], failed: 'run' } },
])
console.log(await sending.finished())

// With the default, what waits for a failure is cancelled.
const never = await runtime.enqueue('uplink', null, { dependsOn: ['front', 'back'] })
console.log((await never.get()).state, (await never.get()).reason)

// What waits can be seen.
await runtime.enqueue('archive', { day: 'day-2' }, { id: 'day-2', paused: true })
const next = await runtime.enqueue('uplink', null, { dependsOn: ['day-2'] })
const { state, pending, dependsOn } = await next.get()
console.log(state, pending, dependsOn)
await runtime.resume('day-2')
console.log(await next.finished())
await runtime.stop()
