import { contact, createRuntime, defineTask } from 'holdfast'

const alert = defineTask({
  kind: 'alert',
  run: ({ input }) => console.log(input.whileAway ? 'it was opened while nobody looked' : 'it was opened'),
})

const runtime = createRuntime({
  path: './data',
  tasks: [alert],
  devices: { door: contact({ line: 'GPIO17', bias: 'pull-up', onOpen: { kind: 'alert' } }) },
  gpio: { backend: 'simulated' }, // leave it out on the board
})
await runtime.start()

// A visitor: what only a simulated door lets itself be told.
for (const to of ['closed', 'open', 'closed']) {
  if ((await runtime.devices.get('door')).state === to) continue
  const moved = new Promise((resolve) => {
    const leave = runtime.observe({ device: () => resolve(leave()) })
  })
  await runtime.devices.command('door', { type: 'simulate', to })
  await moved
}
console.log('it is closed')
await runtime.stop()
