/** The actors that a view listens to, as they are now: what the feed tells of them is gathered, and drawn once a frame. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { actorAt, actorsTold, listen } from './feed.js'
import type { ActorMessage, Message, Subscription } from './messages.js'

export interface Actor extends ActorMessage {
  /** When it was told of last. */
  readonly at: string
}

type Wanted = (id: string, actor?: ActorMessage) => boolean

interface Found {
  readonly actors: Map<string, Actor>
  more: boolean
  ready: boolean
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
  wanted: Wanted,
  also?: (message: Message) => void,
): { readonly actors: ReadonlyMap<string, Actor>; readonly more: boolean; readonly ready: boolean } {
  const state = useSignal({ actors: new Map<string, Actor>() as ReadonlyMap<string, Actor>, more: false, ready: false })
  const key = JSON.stringify(to)
  const found = useRef(nobody())
  const draw = useFrame(() => {
    const { actors, more, ready } = found.current
    state.value = { actors: new Map(actors), more, ready }
  })
  useEffect(() => {
    const begin = () => {
      found.current = nobody()
      // Without snapshots nobody who was told of before is told of again.
      if (to?.messages && !to.messages.includes('snapshot'))
        for (const actor of actorsTold()) enter(found.current, actor, wanted)
      draw()
    }
    begin()
    if (to === undefined) return
    return listen(to, {
      begin,
      hear: (message) => {
        if (gather(found.current, message, wanted)) draw()
        also?.(message)
      },
    })
  }, [key])
  return state.value
}

const nobody = (): Found => ({ actors: new Map(), more: false, ready: false })

/** True when it changed what is known. */
function gather(found: Found, message: Message, wanted: Wanted): boolean {
  const { actors } = found
  switch (message.type) {
    case 'actor':
      return enter(found, message, wanted)
    case 'snapshot': {
      if (message.past) return false
      const known = actors.get(message.of) ?? actorAt(message.of)
      const { snapshot, timers, at } = message
      return known !== undefined && enter(found, { ...known, snapshot, at, ...(timers ? { timers } : {}) }, wanted)
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

function enter({ actors }: Found, actor: Actor, wanted: Wanted): boolean {
  if (!wanted(actor.id, actor)) return false
  actors.set(actor.id, actor)
  const [oldest] = actors.keys()
  if (actors.size > MOST) actors.delete(oldest as string)
  return true
}
