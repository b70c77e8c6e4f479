/**
 * What runs on the machine while its time is virtual: whoever sleeps wakes up at once, and the clock has moved. Three days of
 * a door that was left open, and a month of nights on which a schedule switches a relay, over restarts. A process that
 * spins would never see the time pass. `gpio-time.mjs DIST`
 */
import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { mkdtempSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { SimulatedChip } from './gpio-sim.mjs'

const [, , dist] = process.argv
const { contact, createRuntime, defineTask, relay } = await import(`${dist}/src/index.js`)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const KEPT = { age: false, count: false }
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const note = defineTask({ kind: 'note', run: () => null })
const [DOOR, LAMP] = [0, 1]

/** Lives of one daemon, each of them as long as it is left alone. */
class House {
  #path = `${mkdtempSync('/dev/shm/house-')}/store`
  #options
  #runtime

  constructor(options) {
    this.#options = options
  }

  async start() {
    const options = {
      ...{ path: this.#path, tasks: [note], gpio: { backend: 'chardev' }, log: silent },
      // All of a month is looked at.
      ...{ retention: { finished: KEPT, failed: KEPT, terminated: KEPT }, ...this.#options },
    }
    this.#runtime = createRuntime(options)
    await this.#runtime.start()
  }

  async restart() {
    await this.stop()
    await this.start()
  }

  stop() {
    return this.#runtime.stop()
  }

  /** What its tasks heard, the oldest first. */
  async heard() {
    const { items } = await this.#runtime.find({ kind: 'note', limit: 1_000 })
    return items.map(({ input }) => input).sort((a, b) => a.at.localeCompare(b.at))
  }
}

test('a door that is left open for three days is told of after an hour, then every six', async () => {
  const chip = new SimulatedChip('sim-door', { names: ['GPIO4'] })
  const door = { line: 'GPIO4', closed: 'low', hold: '1h', repeat: '6h', onHold: { kind: 'note' } }
  const house = new House({ devices: { door: contact(door) } })
  await house.start()
  chip.pull(DOOR, true)
  for (let day = 0; day < 3; day++) {
    await pause(DAY - 1_000)
    // At no time of day that a hold is due at.
    await house.restart()
  }
  const holds = await house.heard()
  await house.stop()
  chip.remove()
  deepStrictEqual(
    holds.map(({ count }) => count),
    Array.from({ length: 12 }, (_, n) => n + 1),
  )
  for (const { count, forMs } of holds) {
    const due = HOUR + (count - 1) * 6 * HOUR
    ok(forMs >= due && forMs < due + 60_000, `hold ${count} was told after ${forMs} ms`)
  }
})

test('on each of thirty nights a schedule switches the lamp on and off, over restarts', async () => {
  const chip = new SimulatedChip('sim-lamp', { names: ['GPIO4', 'GPIO17'] })
  const lamp = relay({
    line: 'GPIO17',
    initial: 'restore',
    onStop: 'keep',
    onOn: { kind: 'note' },
    onOff: { kind: 'note' },
  })
  const set = (hour, value) => ({
    cron: `0 ${hour} * * *`,
    timezone: 'UTC',
    task: { kind: 'device.write', input: { device: 'lamp', value } },
  })
  const house = new House({ devices: { lamp }, schedules: { evening: set(18, true), morning: set(6, false) } })
  await house.start()
  const tillNoon = () => pause(DAY - ((Date.now() - 12 * HOUR) % DAY))
  await tillNoon()
  const before = (await house.heard()).length
  for (let night = 0; night < 30; night++) {
    await pause(12 * HOUR)
    strictEqual(chip.level(LAMP), true, `on in night ${night}`)
    if (night % 3 === 0) await house.restart()
    strictEqual(chip.level(LAMP), true, `on in night ${night}, after a restart`)
    await tillNoon()
    strictEqual(chip.level(LAMP), false, `off on day ${night}`)
    if (night % 4 === 0) await house.restart()
  }
  const heard = (await house.heard()).slice(before)
  await house.stop()
  chip.remove()
  deepStrictEqual(
    heard.map(({ type }) => type),
    Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? 'on' : 'off')),
  )
})
