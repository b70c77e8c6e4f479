/** holdfast/client: the tasks of a daemon, from another process or host. */
import type { AnyDefinition } from '../runtime/define.js'
import { Client } from './client.js'
import type { ClientOptions } from './options.js'

/**
 * A client of the daemon at a socket or address; nothing happens before the first call, and nothing of the runtime is
 * loaded. Given the types of the daemon's tasks it knows their inputs and results.
 * @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION
 * @example
 * const client = createClient<typeof tasks>({ socket: '/run/portal/holdfast.sock' })
 * const task = await client.enqueue('upload', { file: 'a.jpg' })
 */
export function createClient<const Tasks extends readonly AnyDefinition[] = readonly AnyDefinition[]>(
  options: ClientOptions,
): Client<Tasks> {
  return new Client<Tasks>(options)
}

export { CODES, type ErrorCode, HoldfastError, type Issue } from '../model/errors.js'
export { TaskFailed, TaskTerminated } from '../model/task-errors.js'
export type { MinutesView, Sample } from '../runtime/minutes-view.js'
export type { Client } from './client.js'
export type { CallOptions } from './halt.js'
export type { ClientOptions } from './options.js'
export type { ClientFindQuery, ClientQuery, ClientSelection } from './selection.js'
export type { Watched, WatchQuery } from './watch.js'
