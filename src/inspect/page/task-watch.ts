/** One task as it is now: its view, asked again when it moves, and what its actors do meanwhile. */
import { useRef, useState } from 'preact/hooks'
import type { TaskView } from '../../runtime/task-view.js'
import { type Actor, useActors, useFrame } from './actors.js'
import { part } from './ask.js'
import { type Asked, useAsked } from './asked.js'
import { after } from './clock.js'
import { type Diff, diffOf } from './diff.js'
import type { Message } from './messages.js'

/** What a step of the machine changed in its context. */
export interface Step {
  readonly at: string
  readonly event: string
  readonly value: unknown
  readonly diff: Diff
}

export interface LogLine {
  readonly at: string
  readonly state?: string
  readonly event?: { readonly type: string }
}

export interface Watched {
  readonly view: Asked<TaskView>
  readonly log: readonly LogLine[]
  /** The first of those that it led to; undefined until the daemon said. */
  readonly ledTo: { readonly items: readonly TaskView[]; readonly cursor?: string } | undefined
  /** The task, its machine, and the actors inside. */
  readonly actors: ReadonlyMap<string, Actor>
  /** The latest first. */
  readonly steps: readonly Step[]
}

const MOST_STEPS = 30
/** Those that it led to are shown so far. */
export const MOST_LED_TO = 30
/** A task that moves all the time is asked for so often. */
const CALM_MS = 400

export function useTask(id: string): Watched {
  const path = `/v1/tasks/${part(id)}`
  const view = useAsked<TaskView>(path, {}, 10_000)
  const log = useAsked<{ items: LogLine[] }>(`${path}/log`, {}, 10_000)
  const ledTo = useAsked<Watched['ledTo']>('/v1/tasks', { cause: id, limit: MOST_LED_TO }, 10_000)
  const steps = useRef<Step[]>([])
  const before = useRef<unknown>(undefined)
  const waiting = useRef(false)
  const [, redraw] = useState({})
  const draw = useFrame(() => redraw({}))

  function hear(message: Message): void {
    if (message.type === 'actor' && message.id === `machine:${id}`) before.current = message.snapshot.context
    if (message.type === 'snapshot' && message.of === `machine:${id}` && !message.past) {
      const { at, event, snapshot } = message
      // Without an event it is how things are, and nothing that happened.
      if (event !== undefined && snapshot.left === undefined) {
        const step = { at, event, value: snapshot.value, diff: diffOf(before.current, snapshot.context) }
        steps.current = [step, ...steps.current].slice(0, MOST_STEPS)
        draw()
      }
      if (snapshot.left === undefined) before.current = snapshot.context
    }
    const about: string = 'of' in message ? message.of : message.type === 'actor' ? message.id : ''
    if (about !== `task:${id}` && !about.startsWith(`machine:${id}`)) return
    if (waiting.current || ('past' in message && message.past)) return
    waiting.current = true
    after(CALM_MS, () => {
      waiting.current = false
      view.again()
      log.again()
      ledTo.again()
    })
  }

  const mine = (actor: string) =>
    actor === `task:${id}` || actor === `machine:${id}` || actor.startsWith(`machine:${id}#`)
  const { actors } = useActors({ tasks: [id] }, mine, hear)
  return { view, log: log.data?.items ?? [], ledTo: ledTo.data, actors, steps: steps.current }
}
