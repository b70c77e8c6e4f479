/**
 * What the logic of actors can ask of the runtime that plays their machine. A deed is done in the very commit of the
 * step in which its actor hears that it was done: all that has to wait is done before, so a cut leaves both or neither.
 */
import type { Clock } from '../kernel/clock.js'
import type { StageSystem } from '../kernel/system.js'
import { HoldfastError } from '../model/errors.js'
import { jsonText } from '../model/json.js'
import type { Admission, Admitted } from './admission.js'
import type { Cause } from './cause.js'
import { causeOf } from './cause.js'
import { checkName } from './checks.js'
import type { Deed } from './deed.js'
import type { Devices } from './devices.js'
import { type DraftRules, draftOf } from './draft.js'
import type { EnqueueOptions } from './enqueue-options.js'
import type { Flows } from './flows.js'
import type { Ledger } from './ledger.js'
import type { TaskLog } from './log.js'
import { checkEvent } from './players.js'
import { taskLog } from './running-task.js'
import type { TaskUnit } from './unit.js'

interface ServiceParts {
  readonly ledger: Ledger
  readonly admission: Admission
  readonly flows: Flows
  readonly rules: DraftRules
  readonly devices: Devices
}

/** The services of all machines. */
export class Services {
  readonly #parts: ServiceParts
  readonly #lingering = new Set<Promise<unknown>>()

  constructor(parts: ServiceParts) {
    this.#parts = parts
  }

  of(unit: TaskUnit): MachineServices {
    return new MachineServices(this.#parts, unit, this.#lingering)
  }

  /** Resolves when nothing goes on any more of what was told to stop. */
  async gone(): Promise<void> {
    await Promise.allSettled(this.#lingering)
  }
}

export class MachineServices {
  readonly #parts: ServiceParts
  readonly #unit: TaskUnit
  readonly #lingering: Set<Promise<unknown>>

  constructor(parts: ServiceParts, unit: TaskUnit, lingering: Set<Promise<unknown>>) {
    this.#parts = parts
    this.#unit = unit
    this.#lingering = lingering
  }

  /** The id of the task whose machine it is. */
  get task(): string {
    return this.#unit.id
  }

  get devices(): Devices {
    return this.#parts.devices
  }

  get clock(): Clock {
    return this.#parts.ledger.clock
  }

  get log(): TaskLog {
    const { id, kind, context } = this.#unit
    return taskLog(this.#parts.ledger.settings.log, { task: id, kind: kind.name, attempt: context.attempt })
  }

  /** Work that takes time to stop: the runtime is not closed before it has settled, and its clock goes on until then. */
  lingers<Result>(work: Promise<Result>): Promise<Result> {
    const over = work.finally(() => this.#lingering.delete(over))
    this.#lingering.add(over)
    return over
  }

  /** Makes a task. @throws what enqueue throws */
  async enqueue(kind: string, input: unknown, options: EnqueueOptions, deed: Deed<Admitted>): Promise<void> {
    const draft = await draftOf(this.#parts.rules, kind, input, options)
    await this.#parts.admission.admit([draft], { unit: this.#unit, ...deed })
  }

  /** Keeps an event for whoever watches. @throws ERR_INVALID_EVENT, ERR_NOT_JSON, ERR_TOO_LARGE */
  emit(event: unknown, deed: Deed<void>): void {
    const { ledger } = this.#parts
    checkEvent(event)
    const text = jsonText(event, 'event', ledger.settings.limits.event)
    if (!deed.wanted()) return
    ledger.paced(this.#unit, () => {
      ledger.emit(this.#unit, JSON.parse(text))
      deed.done()
    })
  }

  /**
   * Tells how a task ended; `undefined` when it has not: then the machine is told to look again when it has.
   * @throws ERR_NOT_FOUND, ERR_DEPENDENCY_CYCLE for its own task
   */
  async look(id: string, deed: Deed<Cause | undefined>): Promise<void> {
    checkName(id, 'task')
    const { ledger, flows } = this.#parts
    if (id === this.task) throw new HoldfastError('ERR_DEPENDENCY_CYCLE', `task ${id} waits for itself`)
    await ledger.directory.use([id], async ([unit]) => {
      if (!unit) throw new HoldfastError('ERR_NOT_FOUND', `no task '${id}'`)
      if (!deed.wanted()) return
      ledger.paced(this.#unit, () => {
        if (unit.ended) flows.seen(unit, this.task)
        else flows.watch(unit, this.task)
        deed.done(unit.ended ? causeOf(unit) : undefined)
      })
    })
  }
}

/** The services of the actor system that an actor runs in. @throws ERR_INVALID_MACHINE when holdfast does not play it */
export function servicesOf(system: unknown): MachineServices {
  const { services } = system as Partial<StageSystem>
  if (services instanceof MachineServices) return services
  throw new HoldfastError('ERR_INVALID_MACHINE', 'this actor runs in machines of tasks alone')
}
