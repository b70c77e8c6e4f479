import { createRuntime, defineTask } from 'holdfast'

const greet = defineTask({
  kind: 'greet',
  run: async ({ input }) => `hello, ${input.name}`,
})

const runtime = createRuntime({ path: './data', tasks: [greet] })
await runtime.start()
const task = await runtime.enqueue('greet', { name: 'board' })
console.log(await task.finished())
await runtime.stop()
