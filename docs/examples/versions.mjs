import { checkMachines, createRuntime, defineTask } from 'holdfast'
import { setup } from 'xstate'

const firstVisit = setup({}).createMachine({
  context: ({ input }) => ({ door: input.door }),
  initial: 'waiting',
  states: {
    waiting: { after: { 600000: 'gone' }, on: { LEAVE: 'gone' } },
    gone: { type: 'final' },
  },
  output: ({ context }) => `somebody was at the ${context.door} door`,
})

const before = createRuntime({ path: './data', tasks: [defineTask({ kind: 'visit', machine: firstVisit })] })
await before.start()
const { id } = await before.enqueue('visit', { door: 'front' })
await before.stop()

const visit = setup({}).createMachine({
  context: ({ input }) => ({ place: { door: input.door } }),
  initial: 'inside',
  states: {
    inside: { after: { 3600000: 'gone' }, on: { LEAVE: 'gone' } },
    gone: { type: 'final' },
  },
  output: ({ context }) => `somebody was at the ${context.place.door} door`,
})

const task = defineTask({
  kind: 'visit',
  version: 2,
  machine: visit,
  migrate: {
    // From version 1 to 2: the state has another name, the context another shape.
    1: ({ context, ...rest }) => ({ ...rest, value: 'inside', context: { place: { door: context.door } } }),
  },
})

const { versions } = await checkMachines({ path: './data', tasks: [task] })
for (const { version, migrated, quarantined } of versions) console.log({ version, migrated, quarantined })

const beside = defineTask({
  kind: 'visit',
  versions: [
    { version: 1, machine: firstVisit },
    { version: 2, machine: visit },
  ],
})

const patient = createRuntime({ path: './data', tasks: [beside] })
await patient.start()
console.log((await patient.get(id)).machine.value)
await patient.stop()

const after = createRuntime({ path: './data', tasks: [task] })
await after.start()
await after.send(id, { type: 'LEAVE' })
console.log(await after.handle(id).finished())
await after.stop()
