/** What tasks depend on, as it was asked: checked, and in an order in which each comes after those it waits for. */
import { HoldfastError } from '../model/errors.js'
import { checkName, invalid, onlyKnown } from './checks.js'
import type { EnqueueOptions } from './enqueue-options.js'

/** What a task waits for. */
export interface DependsOn {
  readonly tasks: readonly string[]
  /**
   * What becomes of it when one of them ends FAILED or TERMINATED for good: it is TERMINATED `cancelled`, that end
   * counts like any other, or it waits until somebody retries that one and it finishes. Default `cancel`.
   */
  readonly failed?: 'cancel' | 'run' | 'wait'
}

/** The tasks that one waits for, each named once, and what becomes of it when one of them ends badly. */
export interface Needs {
  readonly tasks: readonly string[]
  readonly failed: 'cancel' | 'run' | 'wait'
  /** Asked from outside the process: tasks of hidden kinds are not there. */
  readonly outside: boolean
}

const MOST = 1_000
/** Edges of one call: all of them are one commit. */
const MOST_EDGES = 100_000
const POLICIES = ['cancel', 'run', 'wait']

/** @throws ERR_INVALID_OPTION, ERR_INVALID_ID */
export function needsOf(asked: EnqueueOptions['dependsOn'], outside = false): Needs | undefined {
  if (asked === undefined) return undefined
  if (!Array.isArray(asked)) onlyKnown(asked, ['tasks', 'failed'], 'dependsOn')
  const { tasks, failed = 'cancel' } = Array.isArray(asked) ? { tasks: asked } : (asked as DependsOn)
  if (!Array.isArray(tasks)) throw invalid('dependsOn', 'a list of ids, or { tasks, failed }', asked)
  if (!POLICIES.includes(failed)) throw invalid('dependsOn.failed', "'cancel', 'run' or 'wait'", failed)
  if (tasks.length > MOST) {
    throw new HoldfastError('ERR_INVALID_OPTION', `dependsOn: ${tasks.length} tasks, the limit is ${MOST}`, {
      hint: 'Let some tasks in between gather them, each up to 1,000.',
    })
  }
  for (const id of tasks) checkName(id, 'dependsOn')
  return tasks.length === 0 ? undefined : { tasks: [...new Set(tasks)], failed, outside }
}

interface Needing {
  readonly id: string
  readonly named: boolean
  readonly needs: Needs | undefined
}

/**
 * The tasks of one call, each after those of the same call that it depends on; the list itself when none depends on any.
 * @throws ERR_DEPENDENCY_CYCLE with the circle, ERR_TOO_MANY
 */
export function inOrder<Task extends Needing>(tasks: readonly Task[]): readonly Task[] {
  if (!tasks.some(({ needs }) => needs)) return tasks
  const edges = tasks.reduce((count, { needs }) => count + (needs?.tasks.length ?? 0), 0)
  if (edges > MOST_EDGES) {
    throw new HoldfastError('ERR_TOO_MANY', `${edges} dependencies in one call, the limit is ${MOST_EDGES}`)
  }
  const named = new Map(tasks.filter((task) => task.named).map((task) => [task.id, task]))
  const order = new Set<Task>()
  for (const task of tasks) follow(task, named, order)
  return [...order]
}

/** Goes down to what has to come first; a chain may be as long as the call, so it is no recursion. */
function follow<Task extends Needing>(from: Task, named: ReadonlyMap<string, Task>, order: Set<Task>): void {
  if (order.has(from)) return
  const way = [{ task: from, next: 0 }]
  const onWay = new Set([from])
  for (let at = way.at(-1); at; at = way.at(-1)) {
    const need = at.task.needs?.tasks[at.next++]
    if (need === undefined) {
      order.add(at.task)
      onWay.delete(at.task)
      way.pop()
      continue
    }
    const task = named.get(need)
    if (!task || order.has(task)) continue
    if (onWay.has(task))
      throw circle(
        way.map((each) => each.task.id),
        need,
      )
    onWay.add(task)
    way.push({ task, next: 0 })
  }
}

function circle(way: readonly string[], back: string): HoldfastError {
  const ids = [...way.slice(way.indexOf(back)), back]
  const shown = ids.length > 12 ? [...ids.slice(0, 6), '…', ...ids.slice(-5)] : ids
  return new HoldfastError('ERR_DEPENDENCY_CYCLE', `tasks wait for each other: ${shown.join(' → ')}`)
}
