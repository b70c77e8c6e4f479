import { createInspector } from '@statelyai/inspect'
import { createRuntime, defineTask } from 'holdfast'
import { inspectWith } from 'holdfast/inspect'
import { setup } from 'xstate'

const lamp = setup({}).createMachine({
  id: 'lamp',
  initial: 'off',
  states: { off: { on: { MOTION: 'on' } }, on: { on: { BREAK: 'broken' } }, broken: { type: 'final' } },
})

const runtime = createRuntime({ path: './data', tasks: [defineTask({ kind: 'lamp', machine: lamp })] })
await runtime.start()
await runtime.enqueue('lamp', {}, { id: 'porch' })
await runtime.send('porch', { type: 'MOTION' })

// Any inspector will do; createWebSocketInspector({ url }) sends it to a page that you run.
const inspector = createInspector({
  send: ({ type, sessionId, event, snapshot }) => {
    if (!sessionId.startsWith('machine:')) return
    if (type === '@xstate.event') console.log(sessionId, 'hears', event.type)
    else console.log(sessionId, type === '@xstate.actor' ? 'is' : 'comes to', snapshot.value)
  },
})
const leave = inspectWith(runtime, inspector, { kinds: ['lamp'] })

// What began before is there, what happens from now on is told after its commit.
await new Promise((resolve) => setTimeout(resolve, 100))
await runtime.send('porch', { type: 'BREAK' })
await runtime.handle('porch').finished()
leave()
await runtime.stop()
