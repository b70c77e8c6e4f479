/** The runtime as another process holds it: the same names, types and errors, over its socket or TCP. */
import { inspect } from 'node:util'
import { nanoid } from 'nanoid'
import type { Clock } from '../kernel/clock.js'
import { SystemClock } from '../kernel/system-clock.js'
import { checkJson } from '../model/json.js'
import { resultOf } from '../model/task-errors.js'
import type { BackupOptions, BackupReport, BackupTarget } from '../runtime/backups.js'
import { checkName, onlyKnown, whole } from '../runtime/checks.js'
import type { AnyDefinition, InputOf, KindOf, ResultOf } from '../runtime/define.js'
import type { EnqueueOptions } from '../runtime/enqueue-options.js'
import type { EmittedEvent, EventQuery } from '../runtime/events.js'
import type { TaskHandle } from '../runtime/handle.js'
import type { RuntimeState } from '../runtime/lifetime.js'
import type { MinutesView } from '../runtime/minutes-view.js'
import type { NewTask } from '../runtime/runtime.js'
import type { TaskView } from '../runtime/task-view.js'
import type { Reschedule, SendOptions } from '../runtime/verbs.js'
import { absent, bad } from './answer.js'
import { takeBackup } from './backup.js'
import { batchOf } from './batch.js'
import { type Call, Caller } from './caller.js'
import { leasesAt, quarantineAt, tokensAt } from './desks.js'
import { devicesAt } from './devices.js'
import { Ends } from './ends.js'
import type { CallOptions } from './halt.js'
import { gatesAt, kindsAt, machinesAt, routesAt } from './lanes.js'
import { type ClientOptions, clientSettings, type Target } from './options.js'
import { schedulesAt } from './schedules.js'
import { type ClientFindQuery, type ClientQuery, type ClientSelection, checkedQuery, chosen } from './selection.js'
import { Transport } from './transport.js'
import { type Watched, type WatchQuery, watch } from './watch.js'
import { rescheduleOnWire } from './wire.js'

/** A query may reach millions of tasks, 500 a commit. */
const LONG_MS = 600_000

type Verb = 'pause' | 'resume' | 'cancel' | 'retry'
type Page = { items: TaskView[]; cursor: string | undefined }

export class Client<const Tasks extends readonly AnyDefinition[] = readonly AnyDefinition[]> {
  /** Schedules: those of the daemon's code, and those made by clients. */
  readonly schedules: ReturnType<typeof schedulesAt>
  /** The routes: their load, and pauses that survive a restart. */
  readonly routes: ReturnType<typeof routesAt>
  /** The kinds: settings that are changed while tasks run, kinds that take no new tasks. */
  readonly kinds: ReturnType<typeof kindsAt>
  readonly gates: ReturnType<typeof gatesAt>
  /** The devices: what they are at, and what they are told. */
  readonly devices: ReturnType<typeof devicesAt>
  /** The machines of the kinds and those of holdfast, as definitions. */
  readonly machines: ReturnType<typeof machinesAt>
  readonly quarantine: ReturnType<typeof quarantineAt>
  readonly tokens: ReturnType<typeof tokensAt>
  readonly leases: ReturnType<typeof leasesAt>
  readonly #target: Target
  readonly #caller: Caller
  readonly #ends: Ends

  constructor(options: ClientOptions, clock: Clock = new SystemClock()) {
    const settings = clientSettings(options)
    this.#target = settings.target
    this.#caller = new Caller(new Transport(settings, options.token, clock), settings, clock)
    this.#ends = new Ends(this.#caller)
    this.schedules = schedulesAt(this.#caller, (id) => this.handle(id))
    this.routes = routesAt(this.#caller)
    this.kinds = kindsAt(this.#caller)
    this.gates = gatesAt(this.#caller)
    this.devices = devicesAt(this.#caller)
    this.machines = machinesAt(this.#caller)
    this.quarantine = quarantineAt(this.#caller)
    this.tokens = tokensAt(this.#caller)
    this.leases = leasesAt(this.#caller)
  }

  /**
   * Makes a task; resolves when it is durable. Asked again by itself, it makes it once.
   * @throws as Runtime.enqueue; ERR_NO_DAEMON, ERR_NO_ANSWER
   * @example const task = await client.enqueue('upload', { file: 'a.jpg' }, { priority: 5 })
   */
  async enqueue<Kind extends KindOf<Tasks>>(
    kind: Kind,
    input?: InputOf<Tasks, Kind>,
    options?: EnqueueOptions,
    call?: CallOptions,
  ): Promise<TaskHandle<ResultOf<Tasks, Kind>>> {
    const [made] = await this.#make([{ ...options, kind, input }], call)
    return made as TaskHandle<ResultOf<Tasks, Kind>>
  }

  /** Makes up to 10,000 tasks in one commit: all or none. @throws as enqueue; ERR_TOO_MANY */
  async enqueueMany<Kind extends KindOf<Tasks>>(
    tasks: readonly NewTask<Kind, InputOf<Tasks, Kind>>[],
    call?: CallOptions,
  ): Promise<TaskHandle<ResultOf<Tasks, Kind>>[]> {
    return this.#make(tasks, call) as Promise<TaskHandle<ResultOf<Tasks, Kind>>[]>
  }

  async #make(given: readonly NewTask[], { signal }: CallOptions = {}): Promise<TaskHandle[]> {
    const { tasks, own, safe } = batchOf(given, this.#caller.clock.wall())
    const answer = await this.#caller.ask({ method: 'POST', path: '/v1/tasks', body: { tasks }, safe, signal })
    const { items } = answer.page<{ id: string; created: boolean }>()
    if (items.length !== tasks.length) throw bad('it names other tasks')
    return items.map(({ id, created }) => ({ ...this.handle(id), created: created || own.has(id) }))
  }

  /** The handle of a task that is there already. */
  handle(id: string): TaskHandle {
    checkName(id, 'id')
    return { id, created: false, finished: (options) => this.#finished(id, options), get: () => this.get(id) }
  }

  async #finished(id: string, { signal }: CallOptions = {}): Promise<unknown> {
    const view = await this.#ends.wait(id, signal)
    return resultOf(view.state, view)
  }

  /** A task as it is on disk, or `undefined`. */
  async get(id: string, { signal }: CallOptions = {}): Promise<TaskView | undefined> {
    const path = taskPath(id)
    return (await this.#caller.ask({ method: 'GET', path, signal }).catch(absent))?.object()
  }

  /** A page of what a query selects, as of one moment, and the cursor of the next. */
  async find(query: ClientFindQuery = {}, { signal }: CallOptions = {}): Promise<Page> {
    const { limit } = checkedQuery(query, ['limit', 'cursor', 'look'])
    if (limit !== undefined) whole(limit, 'query.limit', 1, 1000)
    return (await this.#caller.ask({ method: 'GET', path: '/v1/tasks', query: asText(query), signal })).page()
  }

  async count(query: ClientQuery = {}, { signal }: CallOptions = {}): Promise<number> {
    const asked = { ...asText(checkedQuery(query)), count: true }
    return (await this.#caller.ask({ method: 'GET', path: '/v1/tasks', query: asked, waitMs: LONG_MS, signal })).count()
  }

  /** Failed tasks: those with a `retryAt` are put back then, the others stay for inspection. */
  async manifest(
    query: { readonly limit?: number; readonly cursor?: string } = {},
    { signal }: CallOptions = {},
  ): Promise<Page> {
    onlyKnown(query, ['limit', 'cursor'], 'manifest')
    return (await this.#caller.ask({ method: 'GET', path: '/v1/manifest', query: { ...query }, signal })).page()
  }

  /** Holds tasks that are SPOOLED or QUEUED. Each verb answers how many it did; one id that cannot be done throws. */
  pause(selection: ClientSelection, call?: CallOptions): Promise<number> {
    return this.#verb('pause', selection, call)
  }

  resume(selection: ClientSelection, call?: CallOptions): Promise<number> {
    return this.#verb('resume', selection, call)
  }

  /** Ends tasks TERMINATED `cancelled`; a running one is told by its signal. */
  cancel(selection: ClientSelection, call?: CallOptions): Promise<number> {
    return this.#verb('cancel', selection, call)
  }

  /** Puts FAILED and TERMINATED tasks back, with all their attempts. */
  retry(selection: ClientSelection, call?: CallOptions): Promise<number> {
    return this.#verb('retry', selection, call)
  }

  async #verb(verb: Verb, selection: ClientSelection, { signal }: CallOptions = {}): Promise<number> {
    if (typeof selection !== 'string') return this.#bulk(verb, selection, {}, { signal })
    return this.#one({ method: 'POST', path: `${taskPath(selection)}/${verb}`, signal })
  }

  async #one(call: Call): Promise<number> {
    await this.#caller.ask(call)
    return 1
  }

  async #bulk(
    verb: string,
    selection: Exclude<ClientSelection, string>,
    rest: object,
    more: { headers?: Record<string, string>; safe?: boolean; signal: AbortSignal | undefined },
  ): Promise<number> {
    const call = { method: 'POST', path: `/v1/bulk/${verb}`, partial: true, waitMs: LONG_MS, ...more } as const
    return (await this.#caller.ask({ ...call, body: { ...chosen(selection), ...rest } })).count()
  }

  /** Moves SPOOLED and QUEUED tasks to another time, priority or route, or gives them another input. */
  async reschedule(selection: ClientSelection, to: Reschedule, { signal }: CallOptions = {}): Promise<number> {
    const body = rescheduleOnWire(to)
    if (typeof selection !== 'string') return this.#bulk('reschedule', selection, { to: body }, { signal })
    return this.#one({ method: 'PATCH', path: taskPath(selection), body, signal })
  }

  /** Takes ended tasks out of the store; one that others still wait for stays (ERR_ILLEGAL_TRANSITION for an id). */
  async remove(selection: ClientSelection, { signal }: CallOptions = {}): Promise<number> {
    if (typeof selection !== 'string') return this.#bulk('remove', selection, {}, { signal })
    return this.#one({ method: 'DELETE', path: taskPath(selection), gone: true, signal })
  }

  /** An event to the machines of tasks; accepted means it is handled exactly once, however often it was sent. */
  async send(
    selection: ClientSelection,
    event: { readonly type: string; readonly [key: string]: unknown },
    { once = nanoid(), signal }: SendOptions & CallOptions = {},
  ): Promise<number> {
    checkJson(event, 'event')
    const sent = { headers: { 'idempotency-key': once }, safe: true, signal }
    if (typeof selection !== 'string') return this.#bulk('send', selection, { event }, sent)
    return this.#one({ method: 'POST', path: `${taskPath(selection)}/events`, body: event, ...sent })
  }

  /** Events that tasks emitted, oldest first; of one task when given its id. */
  async events(query: string | EventQuery = {}, { signal }: CallOptions = {}): Promise<EmittedEvent[]> {
    const asked: EventQuery = typeof query === 'string' ? { taskId: query } : query
    onlyKnown(asked, ['taskId', 'after', 'limit'], 'events')
    const { taskId: task, after, limit } = asked
    if (limit !== undefined) whole(limit, 'events.limit', 1, 10_000)
    if (after !== undefined) whole(after, 'events.after', 0, Number.MAX_SAFE_INTEGER)
    const headers = { accept: 'application/json' }
    const call = { method: 'GET', path: '/v1/events', query: { task, after, limit }, headers, signal } as const
    return (await this.#caller.ask(call)).page<EmittedEvent>().items
  }

  /**
   * What happens at the daemon, for as long as the loop over it runs. It outlives restarts of the daemon.
   * @throws ERR_EVENTS_GONE when emitted events were missed that are not kept any more; ERR_NO_DAEMON, ERR_OVERLOADED
   * @example for await (const told of client.watch({ type: 'emitted' })) if (told.type === 'emitted') console.log(told.event)
   */
  watch(query: WatchQuery = {}): AsyncGenerator<Watched> {
    onlyKnown(query, ['task', 'type', 'after', 'signal'], 'watch')
    return watch(this.#caller, query)
  }

  /**
   * A backup of everything at the daemon, checked on its way; needs the scope `admin`. Without a summary it is none.
   * @throws ERR_BACKUP_RUNNING, ERR_BACKUP_DAMAGED, ERR_EXISTS, ERR_STORE_IO; ERR_NO_DAEMON, ERR_NO_ANSWER when it was cut
   * @example await client.backup({ file: '/mnt/usb/portal.tar' })
   */
  backup(to: BackupTarget, options: BackupOptions = {}): Promise<BackupReport> {
    return takeBackup(this.#caller, to, options)
  }

  /** Where the daemon is in its life; `degraded` while its disk is failing and it takes no work. */
  async state({ signal }: CallOptions = {}): Promise<RuntimeState> {
    const answer = await this.#caller.ask({ method: 'GET', path: '/healthz', signal })
    return answer.object<{ state: RuntimeState }>().state
  }

  /** The latest fifteen minutes in slots of five seconds, and tasks by state; with `since` only slots from then on. */
  async history({ since, signal }: CallOptions & { readonly since?: string } = {}): Promise<MinutesView> {
    const call = { method: 'GET', path: '/v1/history', query: { since }, waitMs: LONG_MS, signal } as const
    return (await this.#caller.ask(call)).object()
  }

  /** Its metrics, as Prometheus reads them. */
  async metrics({ signal }: CallOptions = {}): Promise<string> {
    return (await this.#caller.ask({ method: 'GET', path: '/metrics', signal })).text
  }

  /** Ends all that waits, with ERR_STOPPED, and all connections. What was sent may be done all the same. */
  close(): void {
    this.#caller.close()
  }

  /** Without its token. */
  [inspect.custom](): string {
    return `Client { ${this.#target.name} }`
  }
}

function taskPath(id: string): string {
  return `/v1/tasks/${encodeURIComponent(checkName(id, 'id'))}`
}

function asText({ state, ...rest }: ClientFindQuery): Record<string, string | number | boolean | undefined> {
  return state === undefined ? rest : { ...rest, state: [state].flat().join(',') }
}
