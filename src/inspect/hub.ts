/**
 * The hub: what happens is told to the feeds that want it. It listens while there are feeds, and looks into machines,
 * schedules and supervisors only for those that want to see them; nobody looks: nothing is made, nothing is paid.
 */
import type { Clock } from '../kernel/clock.js'
import type { Observer } from '../runtime/observers.js'
import { Behind } from './behind.js'
import { Feed, type Wire } from './feed.js'
import { Present } from './present.js'
import { NOBODY, type Scene, type Subject } from './scene.js'
import { Scenes } from './scenes.js'
import type { Source } from './source.js'
import { Supervisors } from './supervisors.js'

const SUPERVISORS: Subject = { group: 'supervisor' }
const STORE: Subject = { group: 'store' }

export class Hub {
  readonly #source: Source
  readonly #clock: Clock
  readonly #scenes: Scenes
  readonly #present: Present
  readonly #supervisors: Supervisors
  readonly #behind: Behind
  /** Who waits for the batch that is on its way. */
  readonly #landings: (() => void)[] = []
  readonly #feeds = new Set<Feed>()
  #leave: (() => void) | undefined

  constructor(source: Source, clock: Clock) {
    this.#source = source
    this.#clock = clock
    this.#scenes = new Scenes(source)
    this.#present = new Present(source, this.#scenes)
    this.#behind = new Behind(source.runtime.inspection.ahead)
    this.#supervisors = new Supervisors(source.runtime, (build) => {
      if (!this.#wanted(SUPERVISORS)) return
      const scene = build()
      this.#behind.tell(() => this.#show(SUPERVISORS, () => scene))
    })
  }

  /** A feed for whoever is at the other end; it sees what it subscribes to. */
  join(wire: Wire): Feed {
    const feed = new Feed(wire, this.#clock, this.#present, () => this.#supervisorsNow())
    this.#feeds.add(feed)
    this.#leave ??= this.#source.runtime.observe(this.#observer())
    return feed
  }

  part(feed: Feed): void {
    feed.close()
    this.#feeds.delete(feed)
    this.look()
    if (this.#feeds.size > 0) return
    this.#leave?.()
    this.#leave = undefined
  }

  /** What feeds want has changed. */
  look(): void {
    this.#supervisors.watch([...this.#feeds].some((feed) => feed.wants(SUPERVISORS)))
  }

  /** As they are when memory is not ahead of the disk: at once, or when the batch that is on its way has landed. */
  async #supervisorsNow(): Promise<Scene[]> {
    const now = () => [...this.#supervisors.present()]
    if (!this.#source.runtime.inspection.ahead()) return now()
    return new Promise((resolve) => void this.#landings.push(() => resolve(now())))
  }

  #observer(): Observer {
    const scenes = this.#scenes
    const task = ({ id, kind }: { id: string; kind: string }): Subject => ({ group: 'task', id, kind })
    return {
      plays: (id, kind) => this.#plays(task({ id, kind })),
      moved: (fact) => this.#show(task(fact), () => scenes.moved(fact)),
      played: (fact) => this.#show(task(fact), () => scenes.played(fact)),
      emitted: (event) => this.#show(task({ ...event, id: event.taskId }), () => scenes.emitted(event)),
      planned: (fact) => {
        if (fact.view && !this.#source.shows(fact.view.task.kind)) return
        this.#show({ group: 'schedule', id: fact.id }, () => scenes.planned(fact))
      },
      stepped: (id, news) => this.#show({ group: 'device', id }, () => scenes.stepped(id, news)),
      landed: () => {
        for (const run of this.#landings.splice(0)) run()
        this.#behind.landed()
      },
      committed: ({ ops, bytes }) =>
        this.#show(STORE, () => ({ subject: STORE, messages: [{ type: 'commit', ops, bytes }], cast: NOBODY })),
    }
  }

  #wanted(subject: Subject): boolean {
    if (subject.group === 'task' && !this.#source.shows(subject.kind)) return false
    for (const feed of this.#feeds) if (feed.wants(subject)) return true
    return false
  }

  /** A step for which nobody has room is not even noted. */
  #plays(subject: Subject): boolean {
    if (!this.#wanted(subject)) return false
    const wanting = [...this.#feeds].filter((feed) => feed.wants(subject))
    if (wanting.some((feed) => feed.free)) return true
    for (const feed of wanting) feed.miss(subject)
    return false
  }

  /** Made once for all that have room for it; for nobody it is not made. */
  #show(subject: Subject, build: () => Scene): void {
    if (subject.group === 'task' && !this.#source.shows(subject.kind)) return
    let scene: Scene | undefined
    for (const feed of this.#feeds) {
      if (!feed.takes(subject)) continue
      scene ??= build()
      feed.show(scene)
    }
  }
}
