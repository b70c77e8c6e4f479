/**
 * The schedules that the code has: checked when the runtime is made, and at a start compared with what is on disk. What
 * is as it was is not written; what has changed goes on from what it made last; what is gone is removed.
 */
import type { SchedulePlan } from '../model/schedule-record.js'
import { checkScheduleId, type ScheduleDefinition } from './schedule.js'
import type { Schedules } from './schedules.js'

export class CodeSchedules {
  readonly #schedules: Schedules
  readonly #plans = new Map<string, SchedulePlan>()
  /** Schemas that take their time; a start waits for them. */
  readonly #checks: Promise<unknown>[] = []

  /** @throws what is wrong with one of them, naming it */
  constructor(schedules: Schedules, definitions: Readonly<Record<string, ScheduleDefinition>>) {
    this.#schedules = schedules
    for (const [id, definition] of Object.entries(definitions)) {
      const where = `schedule '${checkScheduleId(id, 'schedules')}'`
      const plan = schedules.check(definition, where)
      const checked = schedules.checkTemplate(plan, where)
      // It is told at the start: until then nobody listens.
      checked?.catch(() => undefined)
      if (checked) this.#checks.push(checked)
      this.#plans.set(id, plan)
    }
  }

  async adopt(): Promise<void> {
    await Promise.all(this.#checks)
    await this.#schedules.adopt(this.#plans)
  }
}
