/** The bench of one power-cut run: a disk, its witness, and the two programs that run on the machine. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, keep } from './disk.mjs'
import { CUT, DIED } from './machine.mjs'
import { Witness } from './witness.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

export class Rig {
  /** `write(boot, fault, point)` and `check(witness)` give the command lines of the two programs. */
  constructor(fileSystem, Machine) {
    mkdirSync(`${root}.rig`, { recursive: true })
    this.work = mkdtempSync(`${root}.rig/power-cut-`)
    this.disk = `${this.work}/disk.img`
    this.fileSystem = fileSystem
    this.Machine = Machine
    this.boots = 0
    this.write = () => ''
    this.check = () => ''
  }

  freshDisk() {
    format(this.disk, this.fileSystem)
    this.witness = new Witness(`${this.work}/witness-${this.boots}`)
  }

  /** How long an undisturbed first open takes; or, in `failed`, why there was none, and if the machine ever was up. */
  async measureOpen() {
    this.freshDisk()
    const machine = this.#boot(this.write(++this.boots))
    const heard = await this.witness.next('OPEN', machine.ended)
    if (!heard) {
      const status = await machine.ended
      const booted = status !== DIED || this.witness.lines().length > 0
      return { booted, failed: `status ${status}: ${machine.complaint}${this.#lastWords(20)}` }
    }
    machine.cut()
    await machine.ended
    return { openMs: Number(heard[0]) }
  }

  /** Boots the writer and pulls the plug `delayMs` after it said `word`. `fault`, `point`: what else befalls it. */
  async cutAt({ word, delayMs, fault, point }) {
    const before = this.witness.lines().length
    const machine = this.#boot(this.write(++this.boots, fault, point), fault !== undefined)
    const heard = await this.witness.next(word, machine.ended)
    const bootMs = performance.now() - machine.bootedAt
    const status = heard ? await machine.cutAfter(delayMs) : await machine.ended
    const lastWords = this.#lastWords(8)
    this.witness.mend(`CUT ${this.boots}`)
    const bad = this.#complaints(before)
    if (!heard || status !== CUT) bad.push(`the writer ended by itself: ${status} ${machine.complaint}${lastWords}`)
    return { bootMs, bad }
  }

  /** Boots the checker on the disk that the cut left: what it found wrong, and its figures. */
  async judge() {
    keep(this.disk, `${this.work}/after-cut.img`)
    const before = this.witness.lines().length
    const machine = this.#boot(this.check(this.witness.path))
    const status = await machine.ended
    const said = this.witness.lines().slice(before)
    const bad = this.#complaints(before)
    const [, ...figures] = said.find(([word]) => word === 'CHECKED') ?? []
    if (status !== 0 || figures.length === 0) {
      bad.push(`the checker ended with status ${status}: ${machine.complaint}${this.#lastWords(20)}`)
    }
    this.witness.mend(`CHECK-OVER ${this.boots}`)
    return { bad, figures: figures.length > 0 ? JSON.parse(figures.join(' ')) : {} }
  }

  /** Boots the checker of something that may lose what it likes; why it did not come to its end, if it did not. */
  async look() {
    const machine = this.#boot(this.check(this.witness.path))
    const status = await machine.ended
    return status === 0 ? '' : `status ${status}: ${machine.complaint}${this.#lastWords(8)}`
  }

  /** Keeps what a failed case left: the disk before the check touched it, and the witness. */
  keepEvidence(number) {
    keep(`${this.work}/after-cut.img`, `${this.work}/failed-${number}.img`)
    keep(this.witness.path, `${this.work}/failed-${number}.witness`)
  }

  /** Leaves nothing behind. */
  clear() {
    rmSync(this.work, { recursive: true })
  }

  #boot(command, breakable = false) {
    const { disk, fileSystem } = this
    return new this.Machine({ disk, fileSystem, witness: this.witness.path, command, breakable })
  }

  /** What was found wrong since the witness had so many lines. */
  #complaints(before) {
    const said = this.witness.lines().slice(before)
    return said.filter(([word]) => word === 'BAD').map((words) => words.slice(1).join(' '))
  }

  #lastWords(count) {
    const lines = this.witness.lines().slice(-count)
    return lines.map((words) => `\n          ${words.join(' ')}`).join('')
  }
}
