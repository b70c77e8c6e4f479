import { createRuntime, defineTask, device, relay } from 'holdfast'

const water = defineTask({
  kind: 'water',
  gates: ['dry'],
  run: () => console.log('the pump is off: the tank is filled'),
})
const options = {
  path: './data',
  tasks: [water],
  devices: {
    pump: relay({
      line: 'GPIO27',
      activeLow: true, // most relay boards switch at low
      initial: 'restore', // after a restart it is what it was ...
      maxOn: '4s', // ... but never on for longer than this, restarts included
    }),
  },
  gates: { dry: device('pump', { is: 'off' }) },
  gpio: { backend: 'simulated' },
}
const before = createRuntime(options)
await before.start()
await before.devices.command('pump', { type: 'on' })
await before.stop()

const runtime = createRuntime(options)
await runtime.start()
const pump = await runtime.devices.get('pump')
console.log('after a restart the pump is', pump.state)
const task = await runtime.enqueue('water', {})
await task.finished()
await runtime.stop()
