/** Hundreds of lives of a runtime with every type of device, with TORTURE a thousand, leave nothing behind: no file, no timer, no listener. */
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  button,
  contact,
  cpuTemperature,
  createRuntime,
  defineTask,
  device,
  interlock,
  led,
  motion,
  pwm,
  relay,
} from '../../src/index.js'
import { silent, temporaryDirectory } from '../runtime/lab.js'

const LIVES = process.env.TORTURE ? 1_000 : 300
const note = defineTask({ kind: 'note', run: () => null })

/** What keeps a process alive, and what it has open. */
const held = () => ({
  files: readdirSync('/proc/self/fd').length,
  resources: process
    .getActiveResourcesInfo()
    .filter((name) => name !== 'Immediate')
    .sort(),
  listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
})

async function life(path: string, n: number): Promise<void> {
  const runtime = createRuntime({
    path,
    tasks: [note],
    devices: {
      door: contact({ line: 'GPIO17', hold: '1h', onChange: { kind: 'note' } }),
      bell: button({ line: 'GPIO4' }),
      hall: motion({ line: 'GPIO5' }),
      siren: relay({ line: 'GPIO27', maxOn: '10m' }),
      lamp: led({ line: 'GPIO18' }),
      way: interlock({ outputs: { up: 'GPIO22', down: 'GPIO23' } }),
      fan: pwm({ channel: 0 }),
      cpu: cpuTemperature({ interval: '100ms' }),
    },
    gates: { shut: device('door', { is: 'closed' }) },
    gpio: { backend: 'simulated' },
    log: silent,
  })
  await runtime.start()
  // It ends in the middle of everything: a debounce, a pulse, flashes, a fade, a reading.
  const told = [
    runtime.devices.command('door', { type: 'simulate', to: n % 2 === 0 ? 'open' : 'closed', bounces: 3, for: '1h' }),
    runtime.devices.command('siren', { type: 'pulse', for: '1h' }),
    runtime.devices.command('lamp', { type: 'blink', on: '5ms' }),
    runtime.devices.command('way', { type: 'on', output: 'up' }),
    runtime.devices.command('fan', { type: 'fade', to: 1, over: '1h' }),
    runtime.devices.read('cpu'),
  ]
  if (n % 3 === 0) await Promise.all(told)
  else await Promise.all(told.slice(0, n % 6))
  await runtime.stop()
  await Promise.allSettled(told)
}

test(`${LIVES} lives leave nothing behind`, async () => {
  const path = await temporaryDirectory()
  // What is loaded once stays.
  for (let n = 0; n < 10; n++) await life(path, n)
  const before = held()
  for (let n = 0; n < LIVES; n++) await life(path, n)
  expect(held()).toEqual(before)
}, 900_000)
