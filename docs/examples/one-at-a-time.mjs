import { createRuntime, defineTask } from 'holdfast'

const order = []
let busy = 0
const snapshot = defineTask({
  kind: 'snapshot',
  route: 'camera',
  run: async ({ input }) => {
    order.push(`${input} (${++busy} at work)`)
    await new Promise((done) => setTimeout(done, 10))
    busy--
  },
})

const runtime = createRuntime({
  path: './data',
  tasks: [snapshot],
  routes: { camera: { concurrency: 1, queueLimit: 1000 } },
})
await runtime.start()

const tasks = await runtime.enqueueMany([
  { kind: 'snapshot', input: 'first' },
  { kind: 'snapshot', input: 'second' },
  { kind: 'snapshot', input: 'urgent', priority: 9 },
])
await Promise.all(tasks.map((task) => task.finished()))
console.log(order.join('\n'))
await runtime.stop()
