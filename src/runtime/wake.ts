/** Queued tasks that left memory are read back when it is their turn; their slots are taken meanwhile. */
import type { Directory } from '../kernel/directory.js'
import type { Route } from './route.js'
import type { Waiting } from './row.js'
import type { TaskUnit } from './unit.js'

export interface WakeHost {
  /** Memory was not forgotten since: otherwise all of them stand in their queues again. */
  current(): boolean
  begin(unit: TaskUnit, waiting: Waiting): void
}

export async function wake(
  directory: Directory<TaskUnit>,
  route: Route,
  waiting: readonly Waiting[],
  host: WakeHost,
): Promise<void> {
  let taken = true
  const giveBack = () => {
    if (!taken || !host.current()) return
    taken = false
    route.running -= waiting.length
    for (const { row } of waiting) row.queue.quota.giveBack(row.key?.key)
  }
  const ids = waiting.map(({ id }) => id)
  route.running += ids.length
  try {
    await directory.use(ids, async (units) => {
      if (!host.current()) return
      giveBack()
      for (const [i, unit] of units.entries()) if (unit) host.begin(unit, waiting[i] as Waiting)
    })
  } catch {
    // The store could not be read: fail-stop reads everything again when it is back.
    giveBack()
  }
}
