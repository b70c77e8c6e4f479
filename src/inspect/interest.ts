/** What a client wants to see: which actors, and which messages about them. */
import { HoldfastError } from '../model/errors.js'
import { checkName, invalid, onlyKnown, whole } from '../runtime/checks.js'
import type { Subject } from './scene.js'

export interface Interest {
  readonly tasks: ReadonlySet<string>
  readonly kinds: ReadonlySet<string>
  readonly supervisors: boolean
  readonly schedules: boolean
  readonly devices: boolean
  readonly all: boolean
  /** Types of messages; without it all but `commit`. */
  readonly messages: ReadonlySet<string> | undefined
  /** What is kept of the past is told first. */
  readonly past: boolean
  /** How many tasks are told of as they are. */
  readonly limit: number
}

const MOST_TASKS = 1_000
const MOST_KINDS = 100
const LIMIT = 100
const MOST_LIMIT = 1_000
const FLAGS = ['supervisors', 'schedules', 'devices', 'all', 'past'] as const
const KNOWN = ['type', 'id', 'name', 'tasks', 'kinds', 'messages', 'limit', ...FLAGS]
const TYPES = ['actor', 'restore', 'event', 'microstep', 'action', 'snapshot', 'emitted', 'gone', 'commit']

/** @throws ERR_INVALID_OPTION, ERR_INVALID_ID, ERR_TOO_MANY */
export function interestOf(given: Readonly<Record<string, unknown>>): Interest {
  onlyKnown(given, KNOWN, 'subscribe')
  const flag = (name: (typeof FLAGS)[number]): boolean => {
    const value = given[name] ?? false
    if (typeof value !== 'boolean') throw invalid(`subscribe.${name}`, 'true or false', value)
    return value
  }
  const messages = given.messages === undefined ? undefined : new Set(texts(given.messages, 'messages', TYPES.length))
  for (const type of messages ?? [])
    if (!TYPES.includes(type)) throw invalid('subscribe.messages', TYPES.join(', '), type)
  return {
    tasks: new Set(texts(given.tasks, 'tasks', MOST_TASKS).map((id) => checkName(id, 'subscribe.tasks'))),
    kinds: new Set(texts(given.kinds, 'kinds', MOST_KINDS)),
    supervisors: flag('supervisors'),
    schedules: flag('schedules'),
    devices: flag('devices'),
    all: flag('all'),
    messages,
    past: flag('past'),
    limit: whole(given.limit ?? LIMIT, 'subscribe.limit', 0, MOST_LIMIT),
  }
}

export function wants(interest: Interest, subject: Subject): boolean {
  const { all, tasks, kinds, messages } = interest
  if (subject.group === 'store') return messages?.has('commit') ?? false
  if (all) return true
  if (subject.group === 'supervisor') return interest.supervisors
  if (subject.group === 'schedule') return interest.schedules
  if (subject.group === 'device') return interest.devices
  return tasks.has(subject.id) || kinds.has(subject.kind)
}

export function wantsMessage({ messages }: Interest, type: string): boolean {
  return messages ? messages.has(type) : type !== 'commit'
}

function texts(given: unknown, name: string, most: number): string[] {
  if (given === undefined) return []
  if (!Array.isArray(given) || given.some((each) => typeof each !== 'string'))
    throw invalid(`subscribe.${name}`, 'a list of texts', given)
  if (given.length <= most) return given as string[]
  throw new HoldfastError('ERR_TOO_MANY', `subscribe.${name}: ${given.length}, the limit is ${most}`)
}
