/**
 * The layout of the store: one letter names the class, order within a class is meaning. A record's class says what a
 * restart has to read: live records are scanned, dormant ones are found by their due time or their id, ended ones by
 * their id alone.
 */
import type { Hand } from './hand.js'

const CLASSES = {
  meta: 'm',
  live: 'l',
  dormant: 'z',
  ended: 'e',
  input: 'i',
  due: 'd',
  key: 'k',
  group: 'g',
  followUp: 'c',
  mail: 'b',
  emitted: 'v',
  quarantine: 'q',
  schedule: 's',
  part: 'x',
  dependent: 'p',
  dependency: 'f',
  notice: 'n',
  throttle: 'y',
  expiry: 'r',
} as const

export type KeyClass = keyof typeof CLASSES
const BY_LETTER = new Map(Object.entries(CLASSES).map(([kind, letter]) => [letter, kind as KeyClass]))

/** The class of a key; none for what is no key of ours. */
export function classOf(key: string): KeyClass | undefined {
  return key[1] === '!' ? BY_LETTER.get(key[0] as never) : undefined
}

/** The classes in which the record of a task can be. */
export type RecordClass = 'live' | 'dormant' | 'ended'
export const RECORD_CLASSES = ['live', 'dormant', 'ended'] as const
/** Which supervisor a due time belongs to: the router's tasks, the manifest's retries, or the schedules. */
export type TaskLane = 'task' | 'retry'
export type Lane = TaskLane | 'schedule'

/** Set by whoever repaired the files of a store: its contents are to be checked before anybody works with them. */
export const UNCHECKED_KEY = 'm!unchecked'

/** The key of `id` in a class. */
export function keyOf(kind: KeyClass, id: string): string {
  return `${CLASSES[kind]}!${id}`
}

/** The part of a key behind its class. */
export function idOf(key: string): string {
  return key.slice(2)
}

/** All keys of a class, or those after `id`. */
export function rangeOf(kind: KeyClass, after = ''): { gt: string; lt: string } {
  return { gt: `${CLASSES[kind]}!${after}`, lt: `${CLASSES[kind]}"` }
}

/** Whole numbers in an order that text shares: 15 digits hold milliseconds for 30,000 years. */
export function ordered(value: number): string {
  return String(Math.max(0, Math.floor(value))).padStart(15, '0')
}

const LANES = { task: 't', retry: 'r', schedule: 'c' } as const
const HANDS = { wall: 'w', steady: 's' } as const

export function dueKey(lane: Lane, hand: Hand, at: number, id: string): string {
  return `d!${LANES[lane]}${HANDS[hand]}!${ordered(at)}!${id}`
}

/** The due keys of a lane and hand up to and including `at`. */
export function dueRange(lane: Lane, hand: Hand, at: number): { gte: string; lt: string } {
  const prefix = `d!${LANES[lane]}${HANDS[hand]}!`
  return { gte: prefix, lt: at === Number.POSITIVE_INFINITY ? `${prefix}~` : `${prefix}${ordered(at + 1)}` }
}

export function dueOf(key: string): { at: number; id: string } {
  return { at: Number(key.slice(5, 20)), id: key.slice(21) }
}

export function dedupeKey(kind: string, key: string): string {
  return `k!${kind}!${key}`
}

export function groupKey(group: string, id: string): string {
  return `g!${group}!${id}`
}

export function groupRange(group: string, after = ''): { gt: string; lt: string } {
  return { gt: `g!${group}!${after}`, lt: `g!${group}"` }
}

/** A task, found by the one that made it. */
export function followUpKey(cause: string, id: string): string {
  return `c!${cause}!${id}`
}

export function followUpRange(cause: string, after = ''): { gt: string; lt: string } {
  return { gt: `c!${cause}!${after}`, lt: `c!${cause}"` }
}

/** The keys under which a task is found beside its own; most have none. They say nothing that its record does not. */
export function placesOf(
  id: string,
  { group, cause }: { readonly group?: string; readonly cause?: { readonly id: string } },
): readonly string[] {
  if (group === undefined && !cause) return NOWHERE
  return [...(group === undefined ? [] : [groupKey(group, id)]), ...(cause ? [followUpKey(cause.id, id)] : [])]
}

const NOWHERE: readonly string[] = []

export function mailKey(id: string, seq: number): string {
  return `b!${id}!${ordered(seq)}`
}

export function mailRange(id: string): { gt: string; lt: string } {
  return { gt: `b!${id}!`, lt: `b!${id}"` }
}

/** One entry of the index of ended tasks: those that ended in one commit, in the state that the letter names. */
export function expiryKey(letter: string, at: number, n: number): string {
  return `r!${letter}!${ordered(at)}!${ordered(n)}`
}

/** The entries of a state, or those after one of them. */
export function expiryRange(letter: string, after?: string): { gt: string; lt: string } {
  return { gt: after ?? `r!${letter}!`, lt: `r!${letter}"` }
}

/** When the tasks of an entry ended, on the steady hand. */
export function expiryTime(key: string): number {
  return Number(key.slice(4, 19))
}

/** What hangs on a task under keys of its own: the events that wait for it, the tasks that it waits for, those that wait. */
export function hangingRange(kind: 'mail' | 'dependency' | 'dependent', id: string): { gt: string; lt: string } {
  return { gt: `${keyOf(kind, id)}!`, lt: `${keyOf(kind, id)}"` }
}

/** An edge of a flow, found by the end of the one that is waited for. */
export function dependentKey(parent: string, child: string): string {
  return `p!${parent}!${child}`
}

export function dependentRange(parent: string, after = ''): { gt: string; lt: string } {
  return { gt: `p!${parent}!${after}`, lt: `p!${parent}"` }
}

/** The same edge, found by the one that waits. */
export function dependencyKey(child: string, parent: string): string {
  return `f!${child}!${parent}`
}

export function dependencyRange(child: string): { gt: string; lt: string } {
  return { gt: `f!${child}!`, lt: `f!${child}"` }
}

/** The far end of an edge. */
export function edgeEnd(key: string): string {
  return key.slice(key.lastIndexOf('!') + 1)
}

/** The window in which a key makes no other task. */
export function throttleKey(kind: string, key: string): string {
  return `y!${kind}!${key}`
}

/** A schedule has two keys: what it has come to, and beside it its definition. `!` is in no id. */
export function planKey(id: string): string {
  return `${keyOf('schedule', id)}!p`
}
