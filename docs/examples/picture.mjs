import { writeFile } from 'node:fs/promises'
import { createRuntime, defineTask } from 'holdfast'
import { definitionOf, mermaidOf, svgOf } from 'holdfast/pictures'
import { setup } from 'xstate'

const lamp = setup({ guards: { dark: () => true } }).createMachine({
  id: 'lamp',
  initial: 'off',
  states: {
    off: { on: { MOTION: { guard: 'dark', target: 'on' }, REMOVE: 'gone' } },
    on: { after: { 30000: 'off' } },
    gone: { type: 'final' },
  },
})

// Of a machine at hand, without a runtime:
await writeFile('lamp.svg', svgOf(definitionOf(lamp)))

// Of what a runtime, or a client of one, knows by its kind:
const runtime = createRuntime({ path: './data', tasks: [defineTask({ kind: 'lamp', machine: lamp })] })
await runtime.start()
const { definition } = await runtime.machines.get('lamp')
console.log(mermaidOf(definition))
await runtime.stop()
