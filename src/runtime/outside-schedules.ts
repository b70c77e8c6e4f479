/** Schedules as they are seen from outside: one that makes tasks of a hidden kind is not there. */
import type { Instant } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import type { FollowUp } from './enqueue-options.js'
import type { TaskHandle } from './handle.js'
import type { Kinds } from './kinds.js'
import type { Runtime } from './runtime.js'
import type { ScheduleDefinition, ScheduledTask } from './schedule.js'
import type { ScheduleView } from './schedule-view.js'
import type { ScheduleList } from './schedules.js'

export type OutsideSchedules = ReturnType<typeof outsideSchedules>
type Put = (id: string, definition: ScheduleDefinition) => Promise<ScheduleView>

export function outsideSchedules({ schedules }: Runtime, known: Kinds, put: Put) {
  const get = async (id: string): Promise<ScheduleView | undefined> => {
    const view = await schedules.get(id)
    return view && known.shows(view.task.kind) ? shownSchedule(view, known) : undefined
  }
  /** @throws ERR_NOT_FOUND */
  const seen = async (id: string): Promise<string> => {
    if (known.hiding && !(await get(id))) throw new HoldfastError('ERR_NOT_FOUND', `no schedule '${id}'`)
    return id
  }
  const shown = async (changed: Promise<ScheduleView>) => shownSchedule(await changed, known)
  return {
    get,
    list: async (query: ScheduleList): Promise<{ items: ScheduleView[]; cursor: string | undefined }> => {
      if (!known.hiding) return schedules.list(query)
      const { limit = 100 } = query
      const items: ScheduleView[] = []
      for (let page = await schedules.list(query); ; page = await schedules.list({ limit, cursor: page.cursor })) {
        for (const view of page.items) if (known.shows(view.task.kind)) items.push(shownSchedule(view, known))
        // The cursor names what is answered, never what was passed over.
        const more = items.length > limit || (items.length === limit && page.cursor !== undefined)
        if (more) return { items: items.slice(0, limit), cursor: items[limit - 1]?.id }
        if (page.cursor === undefined) return { items, cursor: undefined }
      }
    },
    put: async (id: string, definition: ScheduleDefinition): Promise<ScheduleView> => shown(put(id, definition)),
    pause: async (id: string): Promise<ScheduleView> => shown(schedules.pause(await seen(id))),
    resume: async (id: string): Promise<ScheduleView> => shown(schedules.resume(await seen(id))),
    trigger: async (id: string): Promise<TaskHandle> => schedules.trigger(await seen(id)),
    remove: async (id: string): Promise<void> => schedules.remove(await seen(id)),
    backfill: async (id: string, from: Instant, to: Instant): Promise<number> =>
      schedules.backfill(await seen(id), from, to),
  }
}

/** Hidden kinds that follow its tasks are left out of its template. */
function shownSchedule(view: ScheduleView, known: Kinds): ScheduleView {
  return known.hiding ? { ...view, task: shownTemplate(view.task, known) } : view
}

function shownTemplate<Template extends ScheduledTask | FollowUp>(template: Template, known: Kinds): Template {
  const { onSuccess, onFailure } = template
  const rest = (given: FollowUp | readonly FollowUp[]) =>
    [given].flat().flatMap((each) => (known.shows(each.kind) ? [shownTemplate(each, known)] : []))
  return {
    ...template,
    ...(onSuccess === undefined ? {} : { onSuccess: rest(onSuccess) }),
    ...(onFailure === undefined ? {} : { onFailure: rest(onFailure) }),
  }
}
