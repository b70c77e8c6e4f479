import { createRuntime, defineTask, dht } from 'holdfast'

const alarms = []
const alarm = defineTask({
  kind: 'alarm',
  run: ({ input }) => void alarms.push(`${input.device}: ${input.type}`),
})

const runtime = createRuntime({
  path: './data',
  tasks: [alarm],
  devices: {
    room: dht({
      quantity: 'temperature',
      interval: '1m',
      median: 3, // one stray reading moves nothing
      failures: 2, // in a row: then there is no value any more
      above: { at: 30, clear: 28 },
      onAbove: { kind: 'alarm' },
      onNormal: { kind: 'alarm' },
      onFault: { kind: 'alarm' },
    }),
  },
  gpio: { backend: 'simulated' },
  log: { debug() {}, info() {}, error() {}, warn: (message) => console.log('log:', message) },
})
await runtime.start()

const simulate = (what) => runtime.devices.command('room', { type: 'simulate', ...what })
const read = () => runtime.devices.read('room') // a fresh reading, without waiting for the interval

for (const value of [20, 85, 20, 20, 31, 31, 27, 27]) {
  await simulate({ value })
  const room = await read()
  console.log(value, '->', room.value, room.unit, room.state)
}

await simulate({ fault: 'no answer' })
for (let i = 0; i < 2; i++) await read().catch((error) => console.log(error.code))
const room = await runtime.devices.get('room')
console.log(room.value, room.fault.code)

while (alarms.length < 3) await new Promise((resolve) => runtime.observe({ moved: resolve }))
console.log(alarms.join(', '))
await runtime.stop()
