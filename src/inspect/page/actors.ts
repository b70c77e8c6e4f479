/** The actors that a view listens to, as they are now: what the feed tells of them is gathered, and drawn once a frame. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { listen } from './feed.js'
import type { ActorTold, Message, Snapshot, Subscription, Timer } from './messages.js'

export interface Actor
  extends Pick<ActorTold, 'id' | 'what' | 'name' | 'kind' | 'machine' | 'parent' | 'task' | 'cause'> {
  readonly snapshot: Snapshot
  readonly timers: readonly Timer[]
  /** When it was told of last. */
  readonly at: string
}

/** Bounded: what ended first is forgotten first. */
const MOST = 5_000

/** Calls `draw` once in the next frame, however often it is asked to. */
export function useFrame(draw: () => void): () => void {
  const asked = useRef(0)
  useEffect(() => () => cancelAnimationFrame(asked.current), [])
  return () => {
    cancelAnimationFrame(asked.current)
    asked.current = requestAnimationFrame(draw)
  }
}

/** `to` undefined listens to nothing; `wanted` says whose messages are meant, since the page hears those of all views. */
export function useActors(
  to: Subscription | undefined,
  wanted: (id: string, actor?: ActorTold) => boolean,
  also?: (message: Message) => void,
): { readonly actors: ReadonlyMap<string, Actor>; readonly more: boolean; readonly ready: boolean } {
  const state = useSignal({ actors: new Map<string, Actor>() as ReadonlyMap<string, Actor>, more: false, ready: false })
  const key = JSON.stringify(to)
  const found = useRef({ actors: new Map<string, Actor>(), more: false, ready: false })
  const draw = useFrame(() => {
    const { actors, more, ready } = found.current
    state.value = { actors: new Map(actors), more, ready }
  })
  useEffect(() => {
    found.current = { actors: new Map(), more: false, ready: false }
    draw()
    if (to === undefined) return
    return listen(to, {
      begin: () => {
        found.current = { actors: new Map(), more: false, ready: false }
      },
      hear: (message) => {
        if (gather(found.current, message, wanted)) draw()
        also?.(message)
      },
    })
  }, [key])
  return state.value
}

function gather(
  found: { actors: Map<string, Actor>; more: boolean; ready: boolean },
  message: Message,
  wanted: (id: string, actor?: ActorTold) => boolean,
): boolean {
  const { actors } = found
  switch (message.type) {
    case 'actor': {
      if (!wanted(message.id, message)) return false
      const { id, what, name, kind, machine, parent, task, cause, snapshot, timers = [], at } = message
      const told = { id, what, name, snapshot, timers, at, ...given({ kind, machine, parent, task, cause }) }
      actors.set(id, told as Actor)
      const [oldest] = actors.keys()
      if (actors.size > MOST) actors.delete(oldest as string)
      return true
    }
    case 'snapshot': {
      const actor = actors.get(message.of)
      if (!actor || message.past) return false
      const { snapshot, timers = actor.timers, at } = message
      actors.set(message.of, { ...actor, snapshot, timers, at })
      return true
    }
    case 'gone':
      return actors.delete(message.id)
    case 'caught-up':
      found.more = message.more === true
      found.ready = true
      return true
    default:
      return false
  }
}

function given(values: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
