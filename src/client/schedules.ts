/** Schedules, with the methods and errors that the runtime's have. */
import type { Instant } from '../model/duration.js'
import { checkName } from '../runtime/checks.js'
import type { TaskHandle } from '../runtime/handle.js'
import type { ScheduleDefinition } from '../runtime/schedule.js'
import type { ScheduleView } from '../runtime/schedule-view.js'
import type { ScheduleList } from '../runtime/schedules.js'
import { absent } from './answer.js'
import type { Call, Caller } from './caller.js'
import type { CallOptions } from './halt.js'
import { instantOnWire, scheduleOnWire } from './wire.js'

export function schedulesAt(caller: Caller, handle: (id: string) => TaskHandle) {
  const ask = (id: string, call: Omit<Call, 'path'>, rest = '') =>
    caller.ask({ ...call, path: `/v1/schedules/${encodeURIComponent(checkName(id, 'schedule'))}${rest}` })
  return {
    /**
     * Makes a schedule or changes it; resolves when it is durable.
     * @throws ERR_INVALID_SCHEDULE, ERR_UNKNOWN_KIND, ERR_INVALID_INPUT, ERR_TOO_MANY, and as enqueue for its task
     */
    put: async (id: string, definition: ScheduleDefinition, { signal }: CallOptions = {}): Promise<ScheduleView> =>
      (await ask(id, { method: 'PUT', body: scheduleOnWire(definition), signal })).object(),
    get: async (id: string, { signal }: CallOptions = {}): Promise<ScheduleView | undefined> =>
      (await ask(id, { method: 'GET', signal }).catch(absent))?.object(),
    list: async (
      { limit, cursor }: ScheduleList = {},
      { signal }: CallOptions = {},
    ): Promise<{ items: ScheduleView[]; cursor: string | undefined }> =>
      (await caller.ask({ method: 'GET', path: '/v1/schedules', query: { limit, cursor }, signal })).page(),
    /** No ticks until `resume`, over restarts too. @throws ERR_NOT_FOUND, ERR_ILLEGAL_TRANSITION when it has ended */
    pause: async (id: string, { signal }: CallOptions = {}): Promise<ScheduleView> =>
      (await ask(id, { method: 'POST', safe: true, signal }, '/pause')).object(),
    /** Ticks again; what passed meanwhile is skipped. @throws ERR_NOT_FOUND, ERR_ILLEGAL_TRANSITION */
    resume: async (id: string, { signal }: CallOptions = {}): Promise<ScheduleView> =>
      (await ask(id, { method: 'POST', safe: true, signal }, '/resume')).object(),
    /** Makes a task now, outside of the ticks. @throws ERR_NOT_FOUND, ERR_TOO_MANY, and as enqueue for its task */
    trigger: async (id: string, { signal }: CallOptions = {}): Promise<TaskHandle> => {
      const answer = await ask(id, { method: 'POST', signal }, '/trigger')
      return { ...handle(answer.object<{ id: string }>().id), created: true }
    },
    /** Takes a schedule out; its tasks stay. @throws ERR_NOT_FOUND, ERR_INVALID_SCHEDULE for one of the code */
    remove: async (id: string, { signal }: CallOptions = {}): Promise<void> => {
      await ask(id, { method: 'DELETE', gone: true, signal })
    },
    /** Makes the tasks of the instants from `from` on and before `to` that have none; resolves with how many. */
    backfill: async (id: string, from: Instant, to: Instant, { signal }: CallOptions = {}): Promise<number> => {
      const body = { from: instantOnWire(from, 'from'), to: instantOnWire(to, 'to') }
      return (await ask(id, { method: 'POST', body, signal }, '/backfill')).count()
    },
  }
}
