/** The devices as they are, and what happened to them of late: all of it as the inspector tells it. */
import { useRef } from 'preact/hooks'
import type { DeviceNews } from '../../runtime/devices.js'
import { useActors } from './actors.js'
import type { Message, SnapshotView } from './messages.js'
import { levelNow, levelTold, type Seen, Trace } from './trace.js'

export interface Device {
  readonly id: string
  readonly seen: Seen
  /** Where its machine is, and the name of that. */
  readonly value: unknown
  readonly machine: string | undefined
  readonly trace: Trace
  /** The latest last. */
  readonly news: readonly DeviceNews[]
}

const MOST_NEWS = 50
const ADDRESS = 'device:'
const isDevice = (address: string) => address.startsWith(ADDRESS)

interface Looked {
  readonly at: string
  readonly snapshot: SnapshotView
}

interface Past {
  readonly trace: Trace
  news: readonly DeviceNews[]
}

/** By their names. `ready` when all have been told of. */
export function useDevices(): { readonly devices: readonly Device[]; readonly ready: boolean } {
  const pasts = useRef(new Map<string, Past>())
  const pastOf = (address: string): Past => {
    const known = pasts.current.get(address) ?? { trace: new Trace(), news: [] }
    pasts.current.set(address, known)
    return known
  }
  function hear(message: Message): void {
    if (message.type === 'actor' && isDevice(message.id)) {
      // Who is introduced is told of from the beginning.
      pastOf(message.id).news = []
      look(message.id, message, true)
    }
    if (message.type === 'event' && isDevice(message.to)) {
      const past = pastOf(message.to)
      const news = message.event as DeviceNews
      past.news = [...past.news, news].slice(-MOST_NEWS)
      const level = levelTold(news)
      if (level !== undefined) past.trace.put(Date.parse(news.at), level)
    }
    if (message.type === 'snapshot' && isDevice(message.of)) look(message.of, message, false)
  }
  /** How it is, since then where it was so before it was looked at. */
  function look(address: string, { at, snapshot }: Looked, before: boolean): void {
    if (!snapshot.context) return
    const seen = snapshot.context as Seen
    const level = levelNow(seen)
    const since = level === null ? at : (seen.readAt ?? (before ? seen.since : undefined) ?? at)
    pastOf(address).trace.put(Date.parse(since), level)
  }
  const { actors, ready } = useActors({ devices: true, past: true }, isDevice, hear)
  const devices = [...actors.values()].flatMap(({ id, snapshot, machine }): Device[] => {
    if (!snapshot.context) return []
    const { trace, news } = pastOf(id)
    const seen = snapshot.context as Seen
    return [{ id: id.slice(ADDRESS.length), seen, value: snapshot.value, machine, trace, news }]
  })
  return { devices: devices.toSorted((a, b) => a.id.localeCompare(b.id)), ready }
}
