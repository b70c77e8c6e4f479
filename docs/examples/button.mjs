import { button, createRuntime, defineTask, led } from 'holdfast'

const ring = defineTask({ kind: 'ring', run: ({ input }) => console.log('ding:', input.type) })
const reset = defineTask({ kind: 'reset', run: ({ input }) => console.log('reset after', input.seconds, 's') })

const runtime = createRuntime({
  path: './data',
  tasks: [ring, reset],
  devices: {
    bell: button({
      line: 'GPIO4',
      bias: 'pull-up', // the button connects the line to ground
      onClick: [{ kind: 'ring' }, { kind: 'device.pulse', input: { device: 'lamp', for: '2s' } }],
      onHold: { kind: 'reset', input: (news) => ({ seconds: Math.round(news.forMs / 1000) }) },
    }),
    lamp: led({ line: 'GPIO18' }),
  },
  gpio: { backend: 'simulated' }, // leave it out on the board
})
await runtime.start()

/** Resolves when something happened to a device. */
const heard = (device, type) =>
  new Promise((resolve) => {
    const leave = runtime.observe({
      device: (news) => news.device === device && news.type === type && resolve(leave()),
    })
  })

const lit = heard('lamp', 'on')
await runtime.devices.command('bell', { type: 'simulate', to: 'pressed', for: '100ms' })
await lit
const lamp = await runtime.devices.get('lamp')
console.log('the lamp is', lamp.state)

const released = heard('bell', 'release')
await runtime.devices.command('bell', { type: 'simulate', to: 'pressed', for: '1200ms' })
await released
await runtime.stop()
