import type { Instant } from '../model/duration.js'
import type { TaskHandle } from './handle.js'
import type { Lifetime } from './lifetime.js'
import type { ScheduleDefinition } from './schedule.js'
import type { ScheduleView } from './schedule-view.js'
import type { ScheduleList } from './schedules.js'

type Handle = (made: { readonly id: string; readonly created: boolean }) => TaskHandle

/** Schedules: from code (`createRuntime({ schedules })`) and made here, both durable. */
export function schedulesOf(life: Lifetime, handle: Handle) {
  const { schedules, extraTicks } = life.engine.calendar
  return {
    /**
     * Makes a schedule or changes it; resolves when it is durable. New times count from now on; what was made stays.
     * @throws ERR_INVALID_SCHEDULE, ERR_UNKNOWN_KIND, ERR_INVALID_INPUT, ERR_TOO_MANY, and as enqueue for its task
     * @example await runtime.schedules.put('health', { cron: '0 3 * * *', timezone: 'Europe/Rome', task: { kind: 'health' } })
     */
    put: async (id: string, definition: ScheduleDefinition): Promise<ScheduleView> => {
      life.assertWorking()
      return schedules.put(id, definition)
    },
    /** A schedule as it is on disk, or `undefined`. */
    get: async (id: string): Promise<ScheduleView | undefined> => {
      life.assertReadable()
      return schedules.get(id)
    },
    list: async (query: ScheduleList = {}): Promise<{ items: ScheduleView[]; cursor: string | undefined }> => {
      life.assertReadable()
      return schedules.list(query)
    },
    /** No ticks until `resume`, over restarts too. @throws ERR_NOT_FOUND, ERR_ILLEGAL_TRANSITION when it has ended */
    pause: async (id: string): Promise<ScheduleView> => {
      life.assertWorking()
      return schedules.pause(id)
    },
    /** Ticks again; what passed meanwhile is skipped. @throws ERR_NOT_FOUND, ERR_ILLEGAL_TRANSITION */
    resume: async (id: string): Promise<ScheduleView> => {
      life.assertWorking()
      return schedules.resume(id)
    },
    /** Makes a task now, outside of the ticks. @throws ERR_NOT_FOUND, ERR_TOO_MANY, and as enqueue for its task */
    trigger: async (id: string): Promise<TaskHandle> => {
      life.assertWorking()
      return handle(await extraTicks.trigger(id))
    },
    /** Takes a schedule out; its tasks stay. @throws ERR_NOT_FOUND, ERR_INVALID_SCHEDULE for one of the code */
    remove: async (id: string): Promise<void> => {
      life.assertWorking()
      return schedules.remove(id)
    },
    /**
     * Makes the tasks of the instants from `from` on and before `to` that have none, whatever `overlap` says; resolves
     * with how many. @throws ERR_NOT_FOUND, ERR_TOO_MANY beyond 1,000, and as enqueue for its task
     */
    backfill: async (id: string, from: Instant, to: Instant): Promise<number> => {
      life.assertWorking()
      return extraTicks.backfill(id, from, to)
    },
  }
}
