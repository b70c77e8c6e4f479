import { createRuntime, defineTask } from 'holdfast'
import { z } from 'zod'

const poll = defineTask({
  kind: 'poll',
  settings: {
    schema: z.object({ url: z.url(), every: z.number().min(1) }),
    defaults: { url: 'https://example.org/', every: 600 },
  },
  run: ({ settings }) => `asks ${settings.url} every ${settings.every} s`,
})

const runtime = createRuntime({ path: './data', tasks: [poll] })
await runtime.start()
const ask = async () => console.log(await (await runtime.enqueue('poll')).finished())

await ask()
await runtime.kinds.set('poll', { every: 60 }) // durable when it resolves
await ask()

await runtime.kinds.set('poll', { every: 0 }).catch(({ code, issues }) => console.log(code, issues[0].path))
await runtime.kinds.set('poll', { every: null }) // the default again
await ask()

await runtime.kinds.retire('poll')
await ask().catch(({ code }) => console.log(code))
await runtime.kinds.restore('poll')
await ask()
await runtime.stop()
