/** A chip that the kernel simulates: its lines are pulled and metered from outside, and it can be unplugged. */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { patience } from './patience.mjs'

const CONFIG = '/sys/kernel/config/gpio-sim'
const PLATFORM = '/sys/devices/platform'
/** Edges within one tick of the kernel are one; so are those that an emulated processor had no time to look at. */
const APART_MS = patience === 1 ? 2 : 10
/** A wait of the kernel ends some ticks late. */
const LATE_MS = 30 * patience

/** What the backend asks the kernel to keep of a line. */
const KEPT = 256

const textOf = (path) => readFileSync(path, 'utf8').trim()

export class SimulatedChip {
  /** Makes a chip and plugs it in; `names` are those of its first lines. */
  constructor(name, { label = name, lines = 8, names = [] } = {}) {
    this.label = label
    this.config = `${CONFIG}/${name}`
    this.bank = `${this.config}/bank0`
    this.parts = [this.bank, this.config]
    mkdirSync(this.config)
    mkdirSync(this.bank)
    writeFileSync(`${this.bank}/num_lines`, `${lines}`)
    writeFileSync(`${this.bank}/label`, label)
    for (const [offset, known] of names.entries()) {
      const line = `${this.bank}/line${offset}`
      mkdirSync(line)
      writeFileSync(`${line}/name`, known)
      this.parts.unshift(line)
    }
    this.plug()
  }

  plug() {
    writeFileSync(`${this.config}/live`, '1')
    this.name = textOf(`${this.bank}/chip_name`)
    this.lines = `${PLATFORM}/${textOf(`${this.config}/dev_name`)}/${this.name}`
  }

  /** It may be unplugged already. */
  unplug() {
    if (textOf(`${this.config}/live`) === '1') writeFileSync(`${this.config}/live`, '0')
  }

  /** Drives an input from outside. */
  pull(offset, high) {
    writeFileSync(`${this.lines}/sim_gpio${offset}/pull`, high ? 'pull-up' : 'pull-down')
  }

  /** The same, and waits until the next change is one of its own. */
  async pullApart(offset, high) {
    this.pull(offset, high)
    await pause(APART_MS)
  }

  /** What a meter shows. */
  level(offset) {
    return textOf(`${this.lines}/sim_gpio${offset}/value`) === '1'
  }

  remove() {
    this.unplug()
    for (const part of this.parts) rmdirSync(part)
  }
}

export const openFiles = () => readdirSync('/proc/self/fd').length

/** The bench of the conformance suite. */
export async function benchOf(backend, label) {
  const named = { offset: 1, name: 'GPIO17' }
  const chip = new SimulatedChip(label, { names: ['GPIO4', named.name] })
  return {
    backend,
    chip: label,
    named,
    kept: KEPT,
    pull: (offset, high) => chip.pullApart(offset, high),
    level: async (offset) => chip.level(offset),
    unplug: async () => chip.unplug(),
    plug: async () => chip.plug(),
    pass: (ms) => pause(ms + LATE_MS),
    monotonicNs: () => process.hrtime.bigint(),
    held: openFiles,
    close: async () => {
      backend.close()
      chip.remove()
    },
  }
}
