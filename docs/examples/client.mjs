import { resolve } from 'node:path'
import { createRuntime, defineTask } from 'holdfast'
import { createClient } from 'holdfast/client'

const socket = resolve('run/board.sock')
const shout = defineTask({
  kind: 'shout',
  run: async ({ input, emit }) => {
    await emit({ type: 'heard', text: input })
    return `${input}!`.toUpperCase()
  },
})
const start = () => createRuntime({ path: './data', tasks: [shout], api: { socket } }).start()
let daemon = await start()

// From here on it might be another process.
const client = createClient({ socket })
const task = await client.enqueue('shout', 'hello')
console.log(await task.finished())

await client.enqueue('whisper', 'psst').catch(({ code, hint }) => console.log(code, hint))

const later = await client.enqueueMany(
  ['one', 'two'].map((input) => ({ kind: 'shout', input, group: 'later', in: '1h' })),
)
console.log(await client.reschedule({ group: 'later' }, { in: 0 }), 'go at once')
console.log(await Promise.all(later.map((each) => each.finished())))

// The daemon goes and comes back; what is asked meanwhile waits for it.
await daemon.stop()
const asked = client.enqueue('shout', 'are you there')
daemon = await start()
console.log(await (await asked).finished())

for await (const told of client.watch({ type: 'emitted', after: 0 })) {
  if (told.type !== 'emitted') continue
  console.log(told.seq, told.event.text)
  if (told.event.text === 'are you there') break
}
client.close()
await daemon.stop()

const hasty = createClient({ socket, retry: 0 })
await hasty.count().catch(({ code }) => console.log(code))
