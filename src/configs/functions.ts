/**
 * The functions of expressions. The table is the source of docs/reference/machines-in-json.md. None looks at the world, and
 * each pays for what it goes through, so that no expression takes long.
 */
import { RE2JS } from 're2js'
import { durationMs, instantMs, isoTime } from '../model/duration.js'
import type { Budget } from './budget.js'
import { equal, kindOf, nameOfMember } from './values.js'

type Taken = 'any' | 'number' | 'text' | 'list' | 'object' | 'text or list' | 'text, list or object'

export interface FunctionOf {
  /** What it takes; a name with `?` may be left out. */
  readonly takes: readonly (readonly [name: string, what: Taken])[]
  readonly gives: string
  readonly call: (args: readonly never[], budget: Budget) => unknown
}

type Args = readonly unknown[]
const of = <Given extends Args>(
  takes: FunctionOf['takes'],
  gives: string,
  call: (args: Given, budget: Budget) => unknown,
): FunctionOf => ({ takes, gives, call: call as unknown as FunctionOf['call'] })

const one = (what: Taken, name: string, gives: string, call: (value: never, budget: Budget) => unknown) =>
  of<readonly [never]>([[name, what]], gives, ([value], budget) => call(value, budget))
const number = (gives: string, call: (value: number) => number) => one('number', 'number', gives, call as never)
const text = (gives: string, call: (value: string) => string) =>
  one('text', 'text', gives, ((value: string, budget: Budget) => budget.text(call(value))) as never)

type Sized = string | readonly unknown[]

export const FUNCTIONS: Readonly<Record<string, FunctionOf>> = {
  size: one('text, list or object', 'value', 'characters, items or members', (value: Sized | object) =>
    typeof value === 'string' || Array.isArray(value) ? value.length : Object.keys(value).length,
  ),
  text: one('any', 'value', 'the value as text; lists and objects as JSON', (value: unknown, budget: Budget) =>
    typeof value === 'string' ? value : budget.text(JSON.stringify(budget.weigh(value))),
  ),
  number: one('any', 'value', 'the number that a text says, or null', (value: unknown) => {
    const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return typeof read === 'number' && Number.isFinite(read) ? read : null
  }),
  type: one('any', 'value', "'null', 'boolean', 'number', 'text', 'list' or 'object'", kindOf),
  abs: number('without its sign', Math.abs),
  round: number('the nearest whole number', Math.round),
  floor: number('the whole number below', Math.floor),
  ceil: number('the whole number above', Math.ceil),
  min: one('list', 'numbers', 'the least of the numbers, null of none', (all: readonly unknown[], budget: Budget) =>
    extreme(all, budget, Math.min),
  ),
  max: one('list', 'numbers', 'the greatest of the numbers, null of none', (all: readonly unknown[], budget: Budget) =>
    extreme(all, budget, Math.max),
  ),
  sum: one('list', 'numbers', 'the sum of the numbers', (all: readonly unknown[], budget: Budget) => {
    budget.step(all.length)
    return all.reduce<number>((sum, each) => sum + aNumber(each), 0)
  }),
  lower: text('in small letters', (value) => value.toLowerCase()),
  upper: text('in capitals', (value) => value.toUpperCase()),
  trim: text('without spaces around it', (value) => value.trim()),
  startsWith: of([['text', 'text'], ['start', 'text']], 'true or false', ([value, start]: readonly [string, string]) => value.startsWith(start)),
  endsWith: of([['text', 'text'], ['end', 'text']], 'true or false', ([value, end]: readonly [string, string]) => value.endsWith(end)),
  matches: of([['text', 'text'], ['pattern', 'text']], 'whether the pattern (RE2) is found in the text', ([value, pattern]: readonly [string, string], budget) => {
    budget.step(value.length + pattern.length * 10)
    return patternOf(pattern).matcher(value).find()
  }),
  includes: of([['in', 'text or list'], ['value', 'any']], 'whether the text or the list has it', ([all, value]: readonly [Sized, unknown], budget) => {
    budget.step(all.length)
    if (typeof all === 'string') return all.includes(aText(value))
    return all.some((each) => equal(each, value, budget))
  }),
  split: of([['text', 'text'], ['at', 'text']], 'the parts', ([value, at]: readonly [string, string], budget) => {
    budget.step(value.length)
    return value.split(at)
  }),
  join: of([['list', 'list'], ['with', 'text']], 'the items as one text', ([all, between]: readonly [readonly unknown[], string], budget) => {
    budget.step(all.length)
    const words = all.map(aWord)
    for (const word of words) budget.characters(word.length + between.length)
    return words.join(between)
  }),
  replace: of([['text', 'text'], ['what', 'text'], ['by', 'text']], 'each `what` in the text replaced', ([value, what, by]: readonly [string, string, string], budget) => {
    budget.step(value.length)
    if (what === '') return value
    const parts = value.split(what)
    budget.characters(value.length + parts.length * by.length)
    return parts.join(by)
  }),
  slice: of([['of', 'text or list'], ['from', 'number'], ['to?', 'number']], 'a part; negative numbers count from the end', ([all, from, to]: readonly [Sized, number, number | undefined], budget) => {
    budget.step(all.length)
    return all.slice(from, to)
  }),
  append: of([['list', 'list'], ['item', 'any']], 'the list with one more item', ([all, item]: readonly [readonly unknown[], unknown], budget) => {
    budget.step(all.length)
    return [...all, item]
  }),
  concat: of([['list', 'list'], ['more', 'list']], 'both lists as one', ([all, more]: readonly [readonly unknown[], readonly unknown[]], budget) => {
    budget.step(all.length + more.length)
    return [...all, ...more]
  }),
  keys: one('object', 'object', 'the names of its members', (value: object, budget: Budget) => {
    const names = Object.keys(value)
    budget.step(names.length)
    return names
  }),
  values: one('object', 'object', 'what its members are', (value: object, budget: Budget) => {
    const all = Object.values(value)
    budget.step(all.length)
    return all
  }),
  merge: of([['object', 'object'], ['more', 'object']], 'the members of both; those of the second win', ([all, more]: readonly [object, object], budget) => {
    budget.step(Object.keys(all).length + Object.keys(more).length)
    return { ...all, ...more }
  }),
  with: of([['object', 'object'], ['name', 'text'], ['value', 'any']], 'the object with that member', ([all, name, value]: readonly [object, string, unknown], budget) => {
    budget.step(Object.keys(all).length)
    return { ...all, [nameOfMember(name)]: value }
  }),
  duration: one('text', 'length', "milliseconds of a length such as '10m'", (value: string) => durationMs(value, 'duration()')),
  time: one('text', 'iso', 'milliseconds since 1970 of an ISO time with a zone', (value: string) => instantMs(value, 'time()')),
  iso: one('number', 'milliseconds', 'milliseconds since 1970 as ISO text', (value: number) => isoTime(instantMs(value, 'iso()'))),
} // biome-ignore format: a table

/** The macros: their first argument is a list, the second a name for each item, the third is asked of each. */
export const MACROS: Readonly<Record<string, string>> = {
  map: 'a list of what the third gives of each item',
  filter: 'the items of which it holds',
  find: 'the first item of which it holds, or null',
  every: 'whether it holds of all',
  some: 'whether it holds of one',
}

/** The pattern of RE2: it takes time by the length of the text alone. @throws Error when it is none */
export function patternOf(pattern: string): RE2JS {
  const known = patterns.get(pattern)
  if (known) return known
  const made = RE2JS.compile(pattern)
  if (patterns.size >= MOST_PATTERNS) patterns.clear()
  patterns.set(pattern, made)
  return made
}
const patterns = new Map<string, RE2JS>()
const MOST_PATTERNS = 200

function extreme(all: readonly unknown[], budget: Budget, choose: (a: number, b: number) => number): number | null {
  budget.step(all.length)
  return all.length === 0 ? null : all.map(aNumber).reduce((a, b) => choose(a, b))
}

function aNumber(value: unknown): number {
  if (typeof value === 'number') return value
  throw new Error(`expected numbers in the list, not ${kindOf(value)}`)
}

function aText(value: unknown): string {
  if (typeof value === 'string') return value
  throw new Error(`expected text, not ${kindOf(value)}`)
}

function aWord(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new Error(`expected text or numbers in the list, not ${kindOf(value)}`)
}
