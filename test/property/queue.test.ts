/**
 * The queues of routes, beside a sorted list: whatever is queued, given up, started, held and spent, the next to start
 * is the first of those that may, and as many are said to be able to start as can.
 */
import { expect, test } from 'vitest'
import { DEFAULT_RETRY, rateOf, spent, tokens } from '../../machines/index.js'
import type { Bucket } from '../../src/runtime/bucket.js'
import { defineTask } from '../../src/runtime/define.js'
import { Kinds } from '../../src/runtime/kinds.js'
import { Quotas } from '../../src/runtime/quotas.js'
import { WorkQueue } from '../../src/runtime/work-queue.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import fc from '../support/fast-check.js'

const run = () => null
const SLOW = { limit: 2, per: 100, burst: 3 } as const
const KINDS = ['plain', 'single', 'keyed', 'paced', 'both'] as const
type KindName = (typeof KINDS)[number]
const MOST: Partial<Record<KindName, number>> = { single: 1, both: 3 }
const PER_KEY: Partial<Record<KindName, number>> = { keyed: 2 }
const PACED: readonly KindName[] = ['paced', 'both']
const definitions = [
  defineTask({ kind: 'plain', run }),
  defineTask({ kind: 'single', concurrency: 1, run }),
  defineTask({ kind: 'keyed', concurrency: { limit: 2 }, run }),
  defineTask({ kind: 'paced', rateLimit: SLOW, run }),
  defineTask({ kind: 'both', concurrency: 3, rateLimit: SLOW, run }),
]
/** One with a rate of its own. */
const ROUTES = ['a', 'b'] as const
const ROUTE_RATE = { limit: 5, perMs: 100, burst: 4 }
const RATE = rateOf(SLOW.limit, SLOW.per, SLOW.burst)
const ROUTE_AS_RATE = rateOf(ROUTE_RATE.limit, ROUTE_RATE.perMs, ROUTE_RATE.burst)

interface Item {
  readonly id: string
  readonly route: (typeof ROUTES)[number]
  readonly kind: KindName
  readonly key: string | undefined
  readonly priority: number
  readonly runAt: number
  readonly seq: number
  readonly resumes: boolean
}

/** A sorted list, and everything counted from the beginning each time. */
class Naive {
  readonly waiting: Item[] = []
  readonly running: Item[] = []
  readonly held = new Set<KindName>()
  readonly tats = new Map<string, number>()

  next(route: string, now: number): Item | undefined {
    const rank = (each: Item) => [each.resumes ? 0 : 1, -each.priority, each.runAt, each.seq]
    const inOrder = (x: Item, y: Item) => {
      const [p, q] = [rank(x), rank(y)]
      const at = p.findIndex((value, i) => value !== q[i])
      return (p[at] as number) - (q[at] as number)
    }
    const may = (each: Item) => {
      const { kind, key } = each
      const same = this.running.filter((other) => other.kind === kind)
      if (this.held.has(kind) || same.length >= (MOST[kind] ?? Number.POSITIVE_INFINITY)) return false
      if (key !== undefined && same.filter((other) => other.key === key).length >= (PER_KEY[kind] ?? 1)) return false
      if (each.resumes) return true
      if (route === 'b' && tokens(ROUTE_AS_RATE, this.tats.get('b') ?? 0, now) === 0) return false
      return !PACED.includes(kind) || tokens(RATE, this.tats.get(kind) ?? 0, now) > 0
    }
    return this.waiting
      .filter((each) => each.route === route)
      .sort(inOrder)
      .find(may)
  }

  start(item: Item, now: number): void {
    this.waiting.splice(this.waiting.indexOf(item), 1)
    this.running.push(item)
    if (item.resumes) return
    if (item.route === 'b') this.tats.set('b', spent(ROUTE_AS_RATE, this.tats.get('b') ?? 0, now))
    if (PACED.includes(item.kind)) this.tats.set(item.kind, spent(RATE, this.tats.get(item.kind) ?? 0, now))
  }

  /** How many could start one after another. */
  startable(route: string, now: number): number {
    const copy = new Naive()
    copy.waiting.push(...this.waiting)
    copy.running.push(...this.running)
    for (const kind of this.held) copy.held.add(kind)
    for (const [name, tat] of this.tats) copy.tats.set(name, tat)
    for (let count = 0; ; count++) {
      const next = copy.next(route, now)
      if (!next) return count
      copy.start(next, now)
    }
  }
}

const route = fc.constantFrom(...ROUTES)
const kind = fc.constantFrom(...KINDS)
const commands = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('queue' as const),
        route,
        kind,
        key: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
        priority: fc.nat(2),
        runAt: fc.nat(3),
        resumes: fc.nat(4).map((n) => n === 0),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('start' as const), route, count: fc.integer({ min: 1, max: 4 }) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('give up' as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('hold' as const), kind }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), kind }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(80) }) },
  ),
  { maxLength: 120 },
)

test('a queue of queues starts what a sorted list would, and says how many', () => {
  fc.assert(
    fc.property(commands, (script) => {
      const clock = new SimulatedClock()
      const kinds = new Kinds(definitions, DEFAULT_RETRY)
      const quotas = new Quotas(kinds, clock)
      const queues = { a: new WorkQueue(), b: new WorkQueue() }
      const bucket = quotas.bucket(ROUTE_RATE, ['route!b']) as Bucket
      const buckets = { a: undefined, b: bucket }
      const naive = new Naive()
      const quotaOf = ({ kind: name }: Item) => quotas.named(name)
      let seq = 0
      for (const command of script) {
        if (command.do === 'queue') {
          const item: Item = { ...command, id: `t${++seq}`, seq }
          naive.waiting.push(item)
          queues[item.route].push(item, quotaOf(item), item.key, item.resumes)
        } else if (command.do === 'start') {
          for (let left = command.count; left > 0; left--) {
            const mayTask = (buckets[command.route]?.tokens ?? 1) > 0
            const taken = queues[command.route].take(mayTask)
            const expected = naive.next(command.route, clock.steady())
            expect(taken?.id).toBe(expected?.id)
            if (!taken || !expected) break
            naive.start(expected, clock.steady())
            if (!expected.resumes) {
              quotaOf(expected).bucket?.spend()
              buckets[command.route]?.spend()
            }
            quotaOf(expected).take(expected.key)
          }
        } else if (command.do === 'end' && naive.running.length > 0) {
          const [item] = naive.running.splice(command.which % naive.running.length, 1) as [Item]
          quotaOf(item).giveBack(item.key)
        } else if (command.do === 'give up' && naive.waiting.length > 0) {
          const [item] = naive.waiting.splice(command.which % naive.waiting.length, 1) as [Item]
          expect(queues[item.route].remove(item.id)).toBe(true)
        } else if (command.do === 'hold') {
          naive.held.add(command.kind)
          quotas.named(command.kind).held.add('gate')
        } else if (command.do === 'release') {
          naive.held.delete(command.kind)
          quotas.named(command.kind).held.delete('gate')
        } else if (command.do === 'wait') clock.advance(command.ms)
        for (const name of ROUTES) {
          const queue = queues[name]
          const said = queue.resumable + Math.min(queue.startable, buckets[name]?.tokens ?? Number.POSITIVE_INFINITY)
          expect(said).toBe(naive.startable(name, clock.steady()))
          expect(queue.size).toBe(naive.waiting.filter((each) => each.route === name && !each.resumes).length)
        }
      }
    }),
    { numRuns: 500 },
  )
})
