/** What is said in code, as it is said in JSON: points in time are text, and inputs are nothing that JSON would change. */
import { type Instant, instantMs, isoTime } from '../model/duration.js'
import { checkJson } from '../model/json.js'
import type { EnqueueOptions, FollowUp } from '../runtime/enqueue-options.js'
import type { ScheduleDefinition } from '../runtime/schedule.js'
import type { Reschedule } from '../runtime/verbs.js'

type Template = EnqueueOptions & { readonly kind: string; readonly input?: unknown }

/** @throws ERR_NOT_JSON, ERR_INVALID_DATE */
export function taskOnWire({ runAt, input, onSuccess, onFailure, ...rest }: Template, where = 'input'): object {
  checkJson(input, where)
  return {
    ...rest,
    ...(input === undefined ? {} : { input }),
    ...(runAt === undefined ? {} : { runAt: instantOnWire(runAt, 'runAt') }),
    ...(onSuccess === undefined ? {} : { onSuccess: followUps(onSuccess, 'onSuccess') }),
    ...(onFailure === undefined ? {} : { onFailure: followUps(onFailure, 'onFailure') }),
  }
}

function followUps(given: FollowUp | readonly FollowUp[], where: string): object[] {
  return ([given].flat() as FollowUp[]).map((each) => taskOnWire(each, `${where}.input`))
}

/** @throws ERR_NOT_JSON, ERR_INVALID_DATE */
export function scheduleOnWire({ task, ...rest }: ScheduleDefinition): object {
  const { from, at, until, ...others } = rest as Record<string, unknown>
  return {
    ...others,
    ...(from === undefined ? {} : { from: instantOnWire(from as Instant, 'from') }),
    ...(Array.isArray(at) ? { at: at.map((each) => instantOnWire(each, 'at')) } : { at }),
    ...(until === undefined ? {} : { until: instantOnWire(until as Instant, 'until') }),
    task: taskOnWire(task),
  }
}

/** @throws ERR_NOT_JSON, ERR_INVALID_DATE */
export function rescheduleOnWire({ runAt, input, ...rest }: Reschedule): object {
  checkJson(input, 'input')
  return {
    ...rest,
    ...(input === undefined ? {} : { input }),
    ...(runAt === undefined ? {} : { runAt: instantOnWire(runAt, 'runAt') }),
  }
}

/** @throws ERR_INVALID_DATE */
export function instantOnWire(value: Instant, option: string): number | string {
  return value instanceof Date ? isoTime(instantMs(value, option)) : value
}
