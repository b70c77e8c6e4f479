/**
 * A daemon on the lines of the machine's kernel, in a process of its own: it does what it is told, and dies where it is
 * told to. Daemon is the hand of the one who tells; what it tells comes back from the process itself.
 */
import { fork } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { arm, count } from '../crash/witness.mjs'

const FILE = fileURLToPath(import.meta.url)
const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** Edges of the meter within a second beyond which it is a flood. */
export const FLOOD_LIMIT = 50

/** What it has, of a chip whose first lines are named GPIO4, GPIO17, GPIO27 and GPIO5. */
export function devicesOf({ contact, input, relay }) {
  const onFault = { kind: 'fault' }
  return {
    door: contact({ line: 'GPIO4', closed: 'low', debounce: '5ms', onChange: { kind: 'note' }, onFault }),
    siren: relay({ line: 'GPIO17', initial: 'restore', onFault }),
    lock: relay({ line: 'GPIO27', initial: 'restore', onFault }),
    meter: input({ line: 'GPIO5', debounce: 0, floodLimit: FLOOD_LIMIT, onChange: { kind: 'count' }, onFault }),
  }
}

export class Daemon {
  #process
  #asked = 0
  #answers = new Map()
  alive = true

  /** Starts one that dies at `point`, if there is one, on its way up. */
  constructor(dist, store, point = '') {
    this.#process = fork(FILE, [dist, store, point])
    this.dead = once(this.#process, 'exit').then(([status, signal]) => {
      this.alive = false
      return signal ?? status
    })
    this.#process.on('message', ({ of, error, answer }) => {
      const { resolve, reject } = this.#answers.get(of)
      this.#answers.delete(of)
      if (error) reject(Object.assign(new Error(error.message), error))
      else resolve(answer ?? null)
    })
  }

  /** What it answers; undefined when it dies first. */
  async ask(what) {
    const id = ++this.#asked
    const answered = new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }))
    // One that dies while it is asked is found out by its end.
    if (this.#process.connected) this.#process.send({ id, ...what }, () => undefined)
    return Promise.race([answered, this.dead.then(() => undefined)])
  }

  async kill() {
    this.#process.kill('SIGKILL')
    return this.dead
  }
}

if (process.argv[1] === FILE) {
  const [, , dist, path, point] = process.argv
  const holdfast = await import(`${dist}/src/index.js`)
  const { POINTS } = await import(`${dist}/src/kernel/telemetry.js`)
  const hits = count(POINTS)
  if (point) arm(point)
  const kind = (name) => holdfast.defineTask({ kind: name, run: () => null })
  const runtime = holdfast.createRuntime({
    path,
    tasks: [kind('note'), kind('fault'), kind('count')],
    devices: devicesOf(holdfast),
    gpio: { backend: 'chardev' },
    log: silent,
  })
  const began = []
  subscribe('holdfast:run.start', ({ kind }) => began.push({ kind, atNs: process.hrtime.bigint() }))
  const ready = runtime.start()
  ready.catch(() => undefined)

  /** Everything of a kind, as it is on disk. */
  async function tasksOf(name) {
    const all = []
    for (let cursor = ''; cursor !== undefined; ) {
      const page = await runtime.find({ kind: name, limit: 1_000, ...(cursor === '' ? {} : { cursor }) })
      all.push(...page.items)
      cursor = page.cursor
    }
    return all.map(({ input, state }) => ({ ...input, ended: state }))
  }

  /** Resolves when a device is as it is waited for, as far as anybody can see. */
  function until({ device, value, link = 'ready', floods = 0 }) {
    const isSo = async () => {
      const view = await runtime.devices.get(device)
      return view.link === link && (value === undefined || view.value === value) && view.counts.floods >= floods
    }
    return new Promise((resolve, reject) => {
      const look = () => void isSo().then((so) => so && resolve(), reject)
      subscribe('holdfast:device.moved', look)
      look()
    })
  }

  const understood = {
    ready: () => undefined,
    hits: () => {
      const so = { ...hits }
      for (const name of Object.keys(hits)) hits[name] = 0
      return so
    },
    arm: (where) => arm(where),
    until,
    command: ({ device, ...command }) => runtime.devices.command(device, command),
    look: async () => ({
      devices: Object.fromEntries((await runtime.devices.list()).map((view) => [view.id, view])),
      notes: await tasksOf('note'),
      faults: await tasksOf('fault'),
      counts: await tasksOf('count'),
    }),
    stop: () => runtime.stop(),
    /** When the tasks of a kind began, on the clock that all processes of a machine share. */
    began: (name) => began.filter((each) => each.kind === name).map(({ atNs }) => `${atNs}`),
  }
  process.on('message', async ({ id, ...what }) => {
    try {
      await ready
      const [name] = Object.keys(what)
      process.send({ of: id, answer: await understood[name](what[name]) })
    } catch ({ code, message }) {
      process.send({ of: id, error: { code, message } })
    }
  })
  process.once('disconnect', () => process.exit(0))
}
