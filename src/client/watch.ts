/**
 * What happens at a daemon, as it happens: its event stream, opened again when it is cut. No emitted event is missed or
 * told twice over a cut; transitions of tasks and the news of devices are told live only, so each opening is told too.
 */
import { createParser } from 'eventsource-parser'
import { HoldfastError } from '../model/errors.js'
import type { DeviceNews } from '../runtime/devices.js'
import type { EmittedEvent } from '../runtime/events.js'
import type { Moved } from '../runtime/observers.js'
import { bad } from './answer.js'
import type { Caller } from './caller.js'
import type { Opened } from './transport.js'

type Sort = 'emitted' | 'task' | 'device'

export interface WatchQuery {
  /** Only of this task. */
  readonly task?: string
  /** Only what tasks emit, only how they move, or only what happens to devices. */
  readonly type?: Sort
  /** Begins behind the event of this `seq`, 0 with the oldest that is kept. Default: now. */
  readonly after?: number
  readonly signal?: AbortSignal
}

/** What a watcher is told. */
export type Watched =
  /** From here on everything is told; `again` after a cut: how tasks moved meanwhile was not, nor what happened to devices. */
  | { readonly type: 'open'; readonly again: boolean }
  | ({ readonly type: 'emitted' } & EmittedEvent)
  | ({ readonly type: 'task' } & Omit<Moved, 'context'>)
  | { readonly type: 'device'; readonly news: DeviceNews }

/** The daemon sends a sign of life each 15 s. */
const SILENCE_MS = 45_000
/** Far above the largest event. */
const LONGEST_EVENT = 4 * 1024 * 1024
/** A stream that lived so long was a good one. */
const GOOD_MS = 5_000
const LONGEST_DELAY_MS = 2_000

/**
 * Once it has begun it waits for a daemon that is there and refuses it, and so it does from the beginning if `patient`.
 * @throws ERR_EVENTS_GONE when events that were missed are not kept any more; ERR_NO_DAEMON after `retry`
 */
export async function* watch(
  caller: Caller,
  { task, type, after, signal }: WatchQuery,
  patient = false,
): AsyncGenerator<Watched> {
  let last = after
  let delay = 20
  for (let again = false; ; again = true) {
    const query = { task, type, after: last }
    const call = { method: 'GET', path: '/v1/events', query, headers: ACCEPT, signal } as const
    const opened = await caller.stream({ ...call, patient: patient || again })
    const begun = caller.clock.steady()
    last ??= beginning(opened)
    try {
      yield { type: 'open', again }
      for await (const told of events(opened)) {
        if (told.type === 'emitted') last = told.seq
        yield told
      }
    } catch (error) {
      // A cut is what it is opened again after; who gave it up is told.
      if (!(error instanceof HoldfastError) || error.code !== 'ERR_NO_ANSWER') throw error
    } finally {
      opened.close()
    }
    delay = caller.clock.steady() - begun > GOOD_MS ? 20 : Math.min(LONGEST_DELAY_MS, 2 * delay)
    await caller.pause(delay, signal)
  }
}

const ACCEPT = { accept: 'text/event-stream' } as const

/** Behind which event a stream without `after` begins. @throws ERR_BAD_ANSWER */
function beginning(opened: Opened): number | undefined {
  const { 'content-type': type = '', 'last-event-id': header } = opened.response.headers
  if (/^text\/event-stream\b/i.test(type)) return typeof header === 'string' ? Number(header) : undefined
  opened.close()
  throw bad(`${type.slice(0, 100) || 'no content type'} instead of an event stream`)
}

async function* events(opened: Opened): AsyncGenerator<Exclude<Watched, { type: 'open' }>> {
  const come: Exclude<Watched, { type: 'open' }>[] = []
  const parser = createParser({
    maxBufferSize: LONGEST_EVENT,
    onEvent: ({ event, data }) => {
      if (event === 'emitted' || event === 'task' || event === 'device') come.push(read(event, data))
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') throw bad(`an event of more than ${LONGEST_EVENT} characters`)
    },
  })
  try {
    opened.within(SILENCE_MS)
    for await (const chunk of opened.response.setEncoding('utf8') as AsyncIterable<string>) {
      // However long the watcher takes for what has come.
      opened.within(undefined)
      parser.feed(chunk)
      yield* come.splice(0)
      opened.within(SILENCE_MS)
    }
  } catch (error) {
    throw opened.failure(error)
  }
}

/** @throws ERR_BAD_ANSWER */
function read(type: Sort, data: string): Exclude<Watched, { type: 'open' }> {
  try {
    const found = JSON.parse(data)
    // What happened to a device has a type of its own.
    if (type === 'device' && typeof found.device === 'string') return { type, news: found }
    if (type === 'task' && typeof found.id === 'string') return { ...found, type }
    if (type === 'emitted' && Number.isSafeInteger(found.seq)) return { ...found, type }
  } catch {}
  throw bad(`an event: ${data.slice(0, 100)}`)
}
