/** A client of @statelyai/inspect: it is told, and does not speak. */
import type { Parts } from './client.js'
import type { Feed } from './feed.js'
import { type Interest, interestOf } from './interest.js'
import type { Message } from './messages.js'
import { Configs, Stately } from './stately.js'

export class Onlooker {
  readonly #parts: Pick<Parts, 'line' | 'hub'>
  readonly #feed: Feed

  constructor({ line, hub, source }: Pick<Parts, 'line' | 'hub' | 'source'>, query: Readonly<Record<string, unknown>>) {
    this.#parts = { line, hub }
    const stately = new Stately(new Configs(source.runtime.inspection))
    this.#feed = hub.join({
      tell: (messages: readonly Message[]) =>
        line.send(messages.flatMap((message) => stately.messageOf(message) ?? [])),
      // It has no word for it; how it came out follows.
      dropped: () => undefined,
      ready: () => line.ready(),
      get closed() {
        return line.closed
      },
    })
    try {
      const telling = this.#feed.subscribe('', interestIn(query))
      hub.look()
      telling.catch(() => line.close(1011, 'nothing can be read'))
    } catch {
      line.close(1008, 'the query names no tasks')
    }
  }

  async heard(): Promise<void> {
    this.#parts.line.close(1008, 'this client is not listened to')
  }

  close(): void {
    this.#parts.hub.part(this.#feed)
  }
}

function interestIn({
  task = [],
  kind = [],
  supervisors,
  schedules,
  devices,
}: Readonly<Record<string, unknown>>): Interest {
  const tasks = [task].flat()
  const kinds = [kind].flat()
  const parts = { supervisors: supervisors === true, schedules: schedules === true, devices: devices === true }
  const some = tasks.length + kinds.length > 0 || Object.values(parts).includes(true)
  return interestOf({
    tasks,
    kinds,
    ...parts,
    all: !some,
    past: tasks.length > 0,
  })
}
