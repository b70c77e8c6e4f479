/**
 * One error class with a closed set of codes. The table below is the source of docs/reference/errors.md:
 * each code says what it means and what to do next, and may be thrown with a hint of its own.
 */
export const CODES = {
  ERR_UNKNOWN_KIND: ['no task of that kind is registered', 'Register it in `tasks` with defineTask({ kind }).'],
  ERR_DUPLICATE_KIND: ['two definitions have the same kind', 'Give each definition a kind of its own.'],
  ERR_INVALID_DEFINITION: ['a definition cannot be used', 'See the message: it names the option and what is expected.'],
  ERR_INVALID_MACHINE: [
    'a machine cannot be made durable or is wrong',
    'See the path in the message; declare actors by name in setup({ actors }).',
  ],
  ERR_EXPRESSION: [
    'an expression of a machine in JSON cannot be worked out',
    'The message names its place in the file; `?.` and `??` are for what may not be there.',
  ],
  ERR_EXPRESSION_LIMIT: [
    'an expression of a machine in JSON takes too much time or text',
    'The message names its place in the file; leave large work to an actor.',
  ],
  ERR_INVALID_OPTION: [
    'an option is unknown or has a wrong value',
    'See the message: it names the option and what is expected.',
  ],
  ERR_INVALID_DURATION: [
    'a duration is not understood',
    "Use milliseconds (1500) or text such as '250ms', '10s', '2m', '1.5h', '7d'.",
  ],
  ERR_INVALID_DATE: [
    'a point in time is not understood',
    'Use a Date, milliseconds since 1970, or an ISO 8601 string with a zone.',
  ],
  ERR_INVALID_INPUT: [
    'the input does not match the schema of its kind',
    'See `issues` on the error: each has a path and a message.',
  ],
  ERR_INVALID_ID: [
    'an id is not usable',
    'Ids are 1 to 128 characters out of A-Z a-z 0-9 . _ : @ / + - and start with a letter or digit.',
  ],
  ERR_INVALID_EVENT: [
    'an event is not usable',
    'Events are JSON objects with a `type` that does not start with "xstate.".',
  ],
  ERR_NOT_JSON: [
    'a value cannot be stored as JSON',
    'Use only null, booleans, finite numbers, strings, arrays and plain objects; turn dates into ISO strings.',
  ],
  ERR_TOO_LARGE: [
    'a value is larger than its limit',
    'Store the data in a file and pass its path, or raise the limit.',
  ],
  ERR_INVALID_SCHEDULE: [
    'a schedule cannot be used',
    'See the message: it names the part that is wrong; docs/guides/schedules.md shows what is legal.',
  ],
  ERR_INVALID_SETTINGS: [
    'the settings do not match the schema of their kind',
    'See `issues` on the error: each has a path and a message. The settings before stay in force.',
  ],
  ERR_KIND_RETIRED: ['the kind is retired and takes no new tasks', 'Bring it back with runtime.kinds.restore(kind).'],
  ERR_UNKNOWN_DEPENDENCY: [
    'a task depends on one that does not exist',
    'It was never made, or removed since; enqueue it first, or in the same enqueueMany().',
  ],
  ERR_DEPENDENCY_CYCLE: [
    'tasks depend on each other in a circle',
    'See the message for the circle; one of them has to go first.',
  ],
  ERR_DUPLICATE_ID: [
    'a task with this id and other content exists',
    'Leave out `id` to get a fresh one, or use `key` to return the task that is there.',
  ],
  ERR_NOT_FOUND: [
    'nothing has that name or id',
    'find() and list() say what is there; quarantine.list() what could not be restored.',
  ],
  ERR_ILLEGAL_TRANSITION: [
    'the task is in a state in which that cannot be done',
    'get(id) shows its state; docs/concepts/tasks.md says what leaves each.',
  ],
  ERR_QUEUE_FULL: [
    'the queue of the route is at its bound',
    'Slow the producer down, raise `concurrency`, or raise `queueLimit` of the route.',
  ],
  ERR_MAILBOX_FULL: [
    'too many events wait for this task',
    'Let the task consume what it has, or raise `limits.mailbox`.',
  ],
  ERR_OVERLOADED: ['too much waits to be committed', 'Await the promises of earlier calls before making more.'],
  ERR_TOO_MANY: ['more items in one call than the limit', 'Split the call; the limit is in the message.'],
  ERR_RUN_OVER: [
    'the run this belongs to is over',
    'Await task.enqueue() and task.emit() before the processor returns.',
  ],
  ERR_NO_MACHINE: ['the task is not played by a machine', 'Only tasks whose definition has a `machine` take events.'],
  ERR_TASK_FAILED: ['the task failed', 'See `error` on the view; retry(id) puts it back.'],
  ERR_TASK_TERMINATED: ['the task was terminated', 'See `reason` on the view; retry(id) puts it back.'],
  ERR_STARTED: ['the runtime was started already', 'Create one runtime and start it once.'],
  ERR_NOT_STARTED: ['the runtime is not running', 'Await runtime.start() first.'],
  ERR_STOPPED: ['the runtime is stopping or stopped', 'Create a new runtime; a stopped one does not start again.'],
  ERR_STORE_LOCKED: [
    'another process has this store open',
    '`holdfast doctor` says who has it. Only one process owns a directory: stop the other daemon, or talk to it instead of opening its store.',
  ],
  ERR_STORE_CORRUPT: [
    'the store cannot be opened',
    'The damaged files are kept beside the store; restore a backup or start with an empty directory.',
  ],
  ERR_STORE_IO: [
    'the store cannot be read or written',
    'Check the disk: `df -h`, `dmesg`, and the rights on the directory.',
  ],
  ERR_STORE_CLOSED: ['the store is closed', 'Open the store first; a runtime does this in start().'],
  ERR_EXISTS: [
    'something is there already that would be lost',
    'Name another place; `force` puts a backup in the place of a store, which is kept beside it.',
  ],
  ERR_BACKUP_DAMAGED: [
    'the backup is not whole, or is none',
    'Nothing was changed. Take an older backup; one without a summary was cut short.',
  ],
  ERR_BACKUP_RUNNING: [
    'a backup is being made already',
    'Wait for its end: one at a time is as fast as the disk allows.',
  ],
  ERR_FORMAT_NEWER: [
    'the store was written by a newer holdfast',
    'Install the newer version again, or point `path` at another directory.',
  ],
  ERR_COMMIT_UNKNOWN: [
    'a commit failed and nobody knows what of it is on disk',
    'The log says what the disk needs, most often space (`df -h`); the runtime reopens the store by itself. Then enqueue the same id and input again: it returns the task if it is there.',
  ],
  ERR_DEGRADED: [
    'the store is degraded and no work is taken',
    'Free the disk (`df -h`), mount it writable or replace it, the log says which; the runtime goes on by itself.',
  ],
  ERR_BAD_REQUEST: [
    'the request is not understood',
    'See the message: it names the part that is wrong; /openapi.json describes every request.',
  ],
  ERR_UNAUTHORIZED: [
    'the request has no valid token',
    'Send `Authorization: Bearer TOKEN`; runtime.tokens.create() makes one.',
  ],
  ERR_FORBIDDEN: ['the request is not allowed', 'See the message: it says which scope, host or origin is missing.'],
  ERR_RATE_LIMITED: [
    'too many requests in too short a time',
    'Wait for the seconds of Retry-After, send many tasks in one request, or raise `api.limits.rate`.',
  ],
  ERR_KEY_REUSED: [
    'the idempotency key was used before for something else',
    'Use a fresh key for each new request; the same one only to repeat a request word by word.',
  ],
  ERR_LEASE_LOST: [
    'the lease is over: answered, timed out, silent too long, cancelled, or from before a restart',
    'Stop working on the task and ask for the next one; what was said of it now changes nothing.',
  ],
  ERR_EVENTS_GONE: [
    'events after that one are not kept any more',
    'Begin anew without Last-Event-ID, and look at the tasks themselves for what was missed.',
  ],
  ERR_SOCKET: [
    'the API cannot listen there',
    'See the message: another daemon has it, something else lies in its place, or a right is missing.',
  ],
  ERR_NO_DAEMON: [
    'no daemon can be reached there',
    'See whether it runs (`systemctl status`), and whether this is its socket or address.',
  ],
  ERR_NO_ANSWER: [
    'the daemon was reached and its answer did not come',
    'Look whether it was done before you ask again: nobody can tell.',
  ],
  ERR_BAD_ANSWER: [
    'what answered does not speak like a holdfast daemon',
    'Check the socket or address: a proxy or another server may stand there.',
  ],
  ERR_INVALID_DEVICE: [
    'a device cannot be used as it is defined',
    'See the message: it names the device and the option, and what is expected.',
  ],
  ERR_DEVICE_FAULTY: [
    'the device is not ready',
    'See `fault` on its view: it says why, and what to do. It is looked for again by itself.',
  ],
  ERR_INVALID_COMMAND: [
    'the device takes no such command',
    'The message says which commands it takes; docs/reference/devices.md has them all.',
  ],
  ERR_NO_LINES: [
    'this machine has no GPIO lines that can be used',
    "Leave `gpio.backend` out, or say 'simulated', to run without hardware.",
  ],
  ERR_LINE_UNKNOWN: [
    'there is no such chip or line',
    '`holdfast devices lines` lists what there is; a line is named by its name, or by the label of its chip and its offset.',
  ],
  ERR_LINE_BUSY: [
    'somebody else has the line',
    'The message names the holder: end it, or take its overlay out of config.txt.',
  ],
  ERR_LINE_PERMISSION: [
    'the GPIO devices may not be opened',
    'Add the user of the daemon to the group of /dev/gpiochip*, which is `gpio` on Raspberry Pi OS, and start it again.',
  ],
  ERR_LINE_UNSUPPORTED: ['the chip cannot do that', 'See the message: it names the option that the chip refuses.'],
  ERR_LINE_GONE: ['the chip of the line is gone', 'Plug it in again: it is found by itself.'],
  ERR_LINE: ['the kernel refused a call on a line', 'See `cause`: it has what the kernel said.'],
  ERR_SENSOR_GONE: [
    'the file of the sensor is not there',
    'Check its wiring and its overlay (`dtoverlay=` in config.txt); it is found by itself when it appears.',
  ],
  ERR_READING: [
    'the sensor gave no usable reading',
    'See the message. One now and then is normal for a DHT; many mean a long cable or a weak pull-up.',
  ],
  ERR_INTERNAL: ['something failed that should not', 'See the log of the daemon for its cause.'],
  ERR_NODE_TOO_OLD: [
    'this Node is older than what holdfast needs',
    'Install a newer one: `sudo apt install nodejs`, or from nodejs.org.',
  ],
  ERR_USAGE: ['the command line is wrong', 'See `holdfast --help`.'],
  ERR_ESCALATED: [
    'a supervisor restarted a part too often and gave up',
    'See `cause`; under systemd the daemon is started again.',
  ],
  ERR_PROCESSOR_EXITED: [
    'the thread or process of a processor ended by itself',
    'See `cause` and the log: it called process.exit(), crashed, or was killed by the system.',
  ],
  ERR_PROCESSOR_MEMORY: [
    'a processor passed its memory limit',
    'Work on less at a time, or raise `memory` of its isolation.',
  ],
  ERR_PROCESSOR_CRASHED: [
    'a processor threw something that is not an Error, or spoke where only holdfast does',
    'Throw Error objects: they carry a stack. Leave the channel of a thread or process alone.',
  ],
} as const satisfies Record<string, readonly [meaning: string, hint: string]>

/** The closed set of codes that a {@link HoldfastError} can carry. */
export type ErrorCode = keyof typeof CODES

/** What a schema had against a value, as in Standard Schema. */
export interface Issue {
  readonly path: string
  readonly message: string
}

/**
 * Every error holdfast throws or rejects with: `code` from {@link CODES}, `hint` (what to do next), `cause`.
 * ERR_INVALID_INPUT carries the schema's `issues`.
 */
export class HoldfastError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  readonly issues?: readonly Issue[]

  constructor(
    code: ErrorCode,
    message?: string,
    options: { hint?: string; cause?: unknown; issues?: readonly Issue[] } = {},
  ) {
    super(message ?? CODES[code][0], options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'HoldfastError'
    this.code = code
    this.hint = options.hint ?? CODES[code][1]
    if (options.issues) this.issues = options.issues
  }
}

/** An error as a record keeps it. */
export interface StoredError {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
}

const LONGEST_TEXT = 8192

/** What a processor threw, as plain data: anything can be thrown, and all of it fits a record. */
export function storedError(thrown: unknown): StoredError {
  try {
    // An error of another realm (node:vm) is no instance of our Error.
    const error = thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]'
    return error ? errorData(thrown as Error) : crashed(describe(thrown))
  } catch {
    return crashed('what was thrown cannot be looked at')
  }
}

function errorData(thrown: Error): StoredError {
  const { code } = thrown as { code?: unknown }
  return {
    name: clip(String(thrown.name)),
    message: clip(String(thrown.message)),
    ...(typeof code === 'string' ? { code: clip(code) } : {}),
    ...(typeof thrown.stack === 'string' ? { stack: clip(thrown.stack) } : {}),
  }
}

function crashed(message: string): StoredError {
  return { name: 'NonError', message: clip(message), code: 'ERR_PROCESSOR_CRASHED' }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}

/** A value as a message shows it: whatever it is, and never long. */
export function shown(value: unknown): string {
  return (typeof value === 'string' ? JSON.stringify(value) : describe(value)).slice(0, 100)
}

function clip(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text
}
