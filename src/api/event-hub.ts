/**
 * Event streams. Emitted events are read from the ring on disk, so a reader that comes back with Last-Event-ID gets what
 * it missed, over a restart too; transitions of tasks and the news of devices are told live only (the history in each
 * record keeps them, and so does the view of a device). A reader is never buffered for: one that does not take what is
 * sent is cut off, and comes back where it was.
 */
import type { ServerResponse } from 'node:http'
import type { Alarm } from '../kernel/clock.js'
import { HoldfastError } from '../model/errors.js'
import type { DeviceNews } from '../runtime/devices.js'
import type { EmittedEvent } from '../runtime/events.js'
import type { Moved } from '../runtime/observers.js'
import type { Runtime } from '../runtime/runtime.js'
import type { Desk } from './desk.js'

export interface StreamQuery {
  /** Only of this task. */
  readonly task: string | undefined
  /** Only events of this sort. */
  readonly type: 'emitted' | 'task' | 'device' | undefined
  /** The last event that the reader has; without it the stream begins now, and its first header says where that is. */
  readonly after: number | undefined
}

const HEARTBEAT_MS = 15_000
const PAGE = 200
/** Bytes that may wait to be taken by one reader. */
const MOST_WAITING = 1024 * 1024

class Reader {
  readonly response: ServerResponse
  readonly query: StreamQuery
  /** The last emitted event that was sent. */
  cursor: number
  /** It has what the ring holds, and is told of emitted events as they happen; of what is told live alone it is from the beginning. */
  live = false
  /** It had not taken everything at the last heartbeat. */
  stalled = false
  #waiting = ''
  #scheduled = false

  constructor(response: ServerResponse, query: StreamQuery, cursor: number) {
    this.response = response
    this.query = query
    this.cursor = cursor
    response.on('drain', () => {
      this.stalled = false
    })
  }

  /** Many events of one commit leave as one chunk. */
  tell(text: string): void {
    this.#waiting += text
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#waiting !== '') this.write('')
    })
  }

  /** False when it should be waited for. */
  write(text: string): boolean {
    const { response } = this
    if (response.destroyed || response.writableEnded) return true
    const taken = response.write(this.#waiting + text)
    this.#waiting = ''
    if (response.writableLength > MOST_WAITING) response.destroy()
    return taken
  }
}

export class EventHub {
  readonly #desk: Desk
  /** The ring is read as it is: what is passed over in it is not what left it. */
  readonly #runtime: Pick<Runtime, 'events' | 'emittedSoFar' | 'emittedOnDisk' | 'observe'>
  readonly #readers = new Set<Reader>()
  /** Those that were let in and do not read yet. */
  #coming = 0
  /** The last event that was told since somebody listens. */
  #told = 0
  #leave: (() => void) | undefined
  #heartbeat: Alarm | undefined

  constructor(desk: Desk, runtime: Pick<Runtime, 'events' | 'emittedSoFar' | 'emittedOnDisk' | 'observe'>) {
    this.#desk = desk
    this.#runtime = runtime
    desk.closing.addEventListener('abort', () => {
      for (const { response } of this.#readers) response.end()
    })
  }

  /** Where a stream begins: without `after`, behind the latest event on disk. @throws ERR_EVENTS_GONE, ERR_OVERLOADED */
  async begin({ after }: StreamQuery): Promise<number> {
    if (after !== undefined && after > 0) await this.#assertKept(after)
    const { readers } = this.#desk.settings.limits
    if (this.#readers.size + this.#coming >= readers)
      throw new HoldfastError('ERR_OVERLOADED', `${readers} event streams already`)
    this.#coming++
    try {
      return after ?? (await this.#runtime.emittedOnDisk())
    } catch (error) {
      this.#coming--
      throw error
    }
  }

  /** Sends a reader what it asked for, until it leaves. */
  async send(response: ServerResponse, query: StreamQuery, cursor: number): Promise<void> {
    this.#coming--
    // Who hung up while it was looked up where the stream begins is not told of again.
    if (response.closed) return
    const reader = new Reader(response, query, cursor)
    this.#join(reader)
    response.once('close', () => this.#part(reader))
    reader.write('retry: 2000\n\n')
    if (!wants(query, 'emitted')) return
    await this.#follow(reader)
  }

  async #follow(reader: Reader): Promise<void> {
    try {
      await this.#catchUp(reader)
    } catch {
      // The disk failed, or the ring overtook it: it comes back, and is told what holds.
      reader.response.destroy()
    }
  }

  async #catchUp(reader: Reader): Promise<void> {
    const { response, query } = reader
    const taskId = query.task === undefined ? {} : { taskId: query.task }
    for (;;) {
      const upTo = this.#told
      const page = await this.#runtime.events({ ...taskId, after: reader.cursor, limit: PAGE })
      if (response.destroyed || response.writableEnded) return
      if (page[0] && page[0].seq > reader.cursor + 1 && reader.cursor > 0) await this.#assertKept(reader.cursor)
      for (const event of page) {
        reader.cursor = event.seq
        if (!this.#desk.runtime.shows(event.kind)) continue
        if (!reader.write(textOf(event)) && !response.destroyed) await drained(response)
      }
      if (page.length === PAGE) continue
      // What was told since this page was read is not in it.
      reader.cursor = Math.max(reader.cursor, upTo)
      if (this.#told > reader.cursor) continue
      reader.live = true
      return
    }
  }

  /** @throws ERR_EVENTS_GONE when events after it have left the ring, or it was never in it */
  async #assertKept(after: number): Promise<void> {
    const [oldest] = await this.#runtime.events({ limit: 1 })
    const newest = this.#runtime.emittedSoFar
    if (after <= newest && (after === newest || (oldest !== undefined && oldest.seq <= after + 1))) return
    throw new HoldfastError('ERR_EVENTS_GONE', `event ${after} is not followed by what is kept`)
  }

  #join(reader: Reader): void {
    this.#readers.add(reader)
    if (this.#readers.size > 1) return
    this.#leave = this.#runtime.observe({
      emitted: (event) => this.#emitted(event),
      moved: (fact) => this.#moved(fact),
      device: (news) => this.#news(news),
    })
    this.#beat()
  }

  #part(reader: Reader): void {
    this.#readers.delete(reader)
    if (this.#readers.size > 0) return
    this.#leave?.()
    this.#heartbeat?.clear()
  }

  #emitted(event: EmittedEvent): void {
    const missing = event.seq > this.#told + 1
    this.#told = event.seq
    if (missing) this.#lookBack(event.seq)
    if (!this.#desk.runtime.shows(event.kind)) return
    let text: string | undefined
    for (const reader of this.#readers) {
      const { live, cursor, query } = reader
      if (!live || event.seq <= cursor || !wants(query, 'emitted')) continue
      if (query.task !== undefined && query.task !== event.taskId) continue
      reader.cursor = event.seq
      text ??= textOf(event)
      reader.tell(text)
    }
  }

  /** Those of a commit that was unknown are told by nobody, and may be on disk. */
  #lookBack(seq: number): void {
    for (const reader of this.#readers) {
      if (!reader.live || reader.cursor >= seq - 1 || !wants(reader.query, 'emitted')) continue
      reader.live = false
      void this.#follow(reader)
    }
  }

  #moved({ id, kind, route, from, to }: Moved): void {
    if (!this.#desk.runtime.shows(kind)) return
    let text: string | undefined
    for (const reader of this.#readers) {
      const { query } = reader
      if (!wants(query, 'task') || (query.task !== undefined && query.task !== id)) continue
      text ??= `event: task\ndata: ${JSON.stringify({ id, kind, route, from, to })}\n\n`
      reader.tell(text)
    }
  }

  #news(news: DeviceNews): void {
    let text: string | undefined
    for (const reader of this.#readers) {
      const { query } = reader
      if (!wants(query, 'device') || query.task !== undefined) continue
      text ??= `event: device\ndata: ${JSON.stringify(news)}\n\n`
      reader.tell(text)
    }
  }

  /** Keeps what lies between from hanging up, and finds out who is gone; only while somebody listens. */
  #beat(): void {
    const { clock } = this.#desk
    this.#heartbeat = clock.alarm('steady', clock.steady() + HEARTBEAT_MS, () => {
      for (const reader of this.#readers) {
        if (reader.stalled) reader.response.destroy()
        else reader.write(': alive\n\n')
        reader.stalled = reader.response.writableNeedDrain
      }
      if (this.#readers.size > 0) this.#beat()
    })
  }
}

function wants({ type }: StreamQuery, sort: StreamQuery['type']): boolean {
  return type === undefined || type === sort
}

function textOf(event: EmittedEvent): string {
  return `id: ${event.seq}\nevent: emitted\ndata: ${JSON.stringify(event)}\n\n`
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off('drain', go).off('close', go)
      resolve()
    }
    response.on('drain', go).on('close', go)
  })
}
