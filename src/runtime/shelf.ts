/**
 * The shelf: how tasks are read back. A record that cannot be restored (an unknown kind, a newer format, damaged text,
 * a machine that does not fit any more) is set aside with its reason, and everything else goes on.
 */
import type { Clock } from '../kernel/clock.js'
import { tell } from '../kernel/telemetry.js'
import type { Timetable } from '../kernel/timetable.js'
import { HoldfastError } from '../model/errors.js'
import { idOf, keyOf, mailRange, type RecordClass, rangeOf, type TaskLane } from '../model/keys.js'
import { decodeRecord, encodeRecord, type TaskRecord } from '../model/record.js'
import type { GroupCommit } from '../store/commit.js'
import type { Store } from '../store/store.js'
import { type EndState, type Ends, recordOf } from './ends.js'
import { type Fit, fitted, migrates } from './fitting.js'
import { Inputs } from './inputs.js'
import type { Kinds } from './kinds.js'
import { dueKeysOf } from './ledger.js'
import type { Settings } from './options.js'
import { type Quarantined, quarantine } from './quarantine.js'
import { type StoredRecord, storedRecords } from './stored-records.js'
import { type Mail, TaskUnit, type UnitHost, waitsOf } from './unit.js'

type Host = UnitHost & {
  readonly clock: Clock
  readonly settings: Settings
  readonly tables: Readonly<Record<TaskLane, Timetable>>
  readonly commit: GroupCommit
  readonly ends: Ends
  readonly ports: { aside(id: string): void }
}

export class Shelf {
  readonly #store: Store
  readonly #kinds: Kinds
  readonly #host: () => Host
  readonly #now: () => number
  readonly #inputs: Inputs

  constructor(store: Store, kinds: Kinds, host: () => Host, now: () => number) {
    this.#store = store
    this.#kinds = kinds
    this.#host = host
    this.#now = now
    this.#inputs = new Inputs(store)
  }

  /** The tasks of some ids as the store has them; what is damaged is set aside and counts as missing. */
  async read(ids: readonly string[]): Promise<(TaskUnit | undefined)[]> {
    const found = await storedRecords(this.#store, ids, 'input')
    const units: (TaskUnit | undefined)[] = []
    for (const [i, id] of ids.entries()) {
      const { class: stored, text, beside: input } = found[i] as StoredRecord
      const unit = stored && (await this.unit(id, stored, text as string, input))
      // An ended one has its mail too: it may be put back by hand, and it is removed with it.
      if (unit?.kind.machine && unit.state !== 'RUNNING') unit.mail = await this.#mail(id)
      units.push(unit)
    }
    return units
  }

  /** The record of an id as it is on disk, with its input. */
  async record(id: string): Promise<{ record: TaskRecord; input: string | undefined } | undefined> {
    const [found] = await storedRecords(this.#store, [id], 'input')
    if (found?.text === undefined) return undefined
    return { record: decodeRecord(id, found.text), input: found.beside }
  }

  input(id: string): Promise<string | undefined> {
    return this.#inputs.of(id)
  }

  /** A unit from the text of its record, or `undefined` and a quarantine. One that is migrated needs its input first. */
  unit(
    id: string,
    stored: RecordClass,
    text: string,
    input: string | undefined,
  ): TaskUnit | undefined | Promise<TaskUnit | undefined> {
    try {
      const record = decodeRecord(id, text)
      if (input !== undefined || !migrates(this.#kinds, record)) return this.#unit(record, stored, text, input)
      return this.input(id).then((read) => this.#unit(record, stored, text, read))
    } catch (error) {
      this.#setAside(id, stored, text, error)
      return undefined
    }
  }

  #unit(found: TaskRecord, stored: RecordClass, text: string, input: string | undefined): TaskUnit | undefined {
    const { id } = found.context
    try {
      const fit = this.#fit(found, input)
      const { kind, record } = fit
      const unit = TaskUnit.of(this.#host(), kind, renamed(record, kind.name), input)
      if (kind.name !== record.context.kind) unit.alias = record.context.kind
      unit.stored = stored
      if (stored === 'ended') unit.indexed = { state: unit.state, context: unit.context }
      if (stored === 'dormant') unit.storedDues = dueKeysOf(id, waitsOf(found))
      this.#keep(fit, unit, stored)
      return unit
    } catch (error) {
      this.#setAside(id, stored, text, error)
      return undefined
    }
  }

  /** All that was set aside, up to 10,000. */
  async quarantined(): Promise<Quarantined[]> {
    const entries = await this.#store.page(rangeOf('quarantine'))
    return entries.map(([key, text]) => ({ id: idOf(key), ...JSON.parse(text) }))
  }

  /** The first of some ids that is in quarantine. */
  async firstAside(ids: readonly string[]): Promise<string | undefined> {
    if (ids.length === 0) return undefined
    const found = await this.#store.getMany(ids.map((id) => keyOf('quarantine', id)))
    return ids.find((_, i) => found[i] !== undefined)
  }

  /** Puts a record back where it was; true when it can be restored now. The commit is awaited. */
  async retry(id: string): Promise<boolean> {
    const text = await this.#store.get(keyOf('quarantine', id))
    if (text === undefined) throw new HoldfastError('ERR_NOT_FOUND', `nothing called '${id}' is in quarantine`)
    const { class: stored, record } = JSON.parse(text) as Quarantined
    if (!(await this.#fits(id, record))) return false
    const { commit, ends } = this.#host()
    commit.del(keyOf('quarantine', id))
    commit.put(keyOf(stored, id), record)
    const ended = stored === 'ended' ? recordOf(id, record) : undefined
    if (ended) ends.entered(ended.state as EndState, id)
    await commit.durable()
    return true
  }

  /** Whether it can be a task now; only one that has finished does without its input. */
  async #fits(id: string, text: string): Promise<boolean> {
    try {
      const record = decodeRecord(id, text)
      const input = await this.input(id)
      this.#fit(record, input)
      return record.state === 'FINISHED' || input !== undefined
    } catch {
      return false
    }
  }

  #fit(record: TaskRecord, input: string | undefined): Fit {
    const { clock, settings } = this.#host()
    return fitted(this.#kinds, record, input, { steady: clock.steady(), limit: settings.limits.state })
  }

  /** A migrated record is written at once: what begins with the migration begins once, whatever the restarts. */
  #keep({ record, migrated, kind }: Fit, unit: TaskUnit, stored: RecordClass): void {
    if (!migrated) return
    const { commit, tables } = this.#host()
    const { id } = unit
    commit.put(keyOf(stored, id), encodeRecord(record))
    if (stored === 'dormant') {
      // What is in flight now begins when the task wakes.
      unit.busy = false
      const waits = waitsOf(record)
      const dues = dueKeysOf(id, waits)
      for (const key of unit.storedDues) commit.del(key)
      for (const key of dues) commit.put(key, '')
      unit.storedDues = dues
      const { steady } = waits
      if (steady !== undefined) commit.after(() => tables.task.stored('steady', steady))
    }
    commit.after(() => tell('task.migrated', () => ({ id, kind: kind.name, ...migrated })))
  }

  async #mail(id: string): Promise<Mail[]> {
    const entries = await this.#store.page(mailRange(id))
    return entries.map(([key, text]) => ({ seq: Number(key.slice(-15)), event: JSON.parse(text) }))
  }

  #setAside(id: string, stored: RecordClass, record: string, error: unknown): void {
    const { code, message } = error as HoldfastError
    const { commit, ends, ports } = this.#host()
    if (stored === 'ended') {
      const ended = recordOf(id, record)
      if (ended) ends.left(ended.state as EndState, id)
      else ends.doubt()
    }
    const at = new Date(this.#now()).toISOString()
    quarantine(commit, { id, code: code ?? 'ERR_STORE_CORRUPT', reason: message, at, class: stored, record })
    commit.del(keyOf(stored, id))
    if (stored !== 'ended') ports.aside(id)
  }
}

/** Under the name that its kind has now. */
function renamed(record: TaskRecord, kind: string): TaskRecord {
  return record.context.kind === kind ? record : { ...record, context: { ...record.context, kind } }
}
