/**
 * Arbitrary commands. Lengths are whole multiples of a tick, retry delays one more: two supervisors never wake in the
 * same millisecond, so that the order of what they do is not left to chance.
 */
import fc from '../support/fast-check.js'
import type { Follow, Spec, Story, Verb } from './words.js'

const TICK = 16

/** A name for each task, so that two of them are told apart: the draw is large, and shrinks to nothing. */
const input = fc.record({ tag: fc.noShrink(fc.integer({ min: 0, max: 2 ** 40 })) })
/** Lengths on both sides of the ten seconds beyond which a task sleeps on disk. */
const length = fc.oneof(
  fc.integer({ min: 1, max: 500 }).map((n) => n * TICK),
  fc.integer({ min: 1, max: 3_000 }).map((n) => n * 100 * TICK),
)
const delay = length.map((ms) => ms + 1)
const when = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: length.map((ms) => ({ in: ms })) },
)
const priority = fc.constantFrom(0, 4, 9)
const route = fc.constantFrom('one', 'one', 'two', 'three')
const group = fc.constantFrom('red', 'blue')
const key = fc.constantFrom('k1', 'k2', 'k3')
const kind = fc.constantFrom('work' as const, 'work' as const, 'flow' as const)

/** What is undefined was not said. */
function said<T extends object>(value: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return value.map((all) => Object.fromEntries(Object.entries(all).filter(([, each]) => each !== undefined)) as T)
}

const often = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 1 })
const seldom = <T>(value: fc.Arbitrary<T>, n = 6) =>
  fc.oneof({ weight: n, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })

const place = { kind, input, route, priority: often(priority), group: often(group), key: seldom(key, 4) }

const follow = fc
  .tuple(said(fc.record({ ...place, expiresIn: seldom(length), paused: seldom(fc.constant(true)) })), when)
  .map(([task, at]) => ({ ...task, ...at }) as Follow)

/** One of them may take the outcome as its input; two could not be told apart. */
const follows = seldom(
  fc.tuple(follow, often(follow), fc.boolean()).map(([first, second, plain]) => {
    const { input: _, ...rest } = first
    return [plain ? first : rest, ...(second ? [second] : [])]
  }),
  4,
)

const spec = fc
  .tuple(
    said(
      fc.record({
        ...place,
        id: seldom(fc.constantFrom('a-name', 'm-name', 'z-name'), 8),
        expiresIn: seldom(length),
        paused: seldom(fc.constant(true)),
        attempts: often(fc.integer({ min: 1, max: 4 })),
        delay: often(delay),
        timeout: seldom(length, 4),
        heartbeat: seldom(length, 4),
        atMostOnce: seldom(fc.constant(true)),
        onSuccess: follows,
        onFailure: follows,
      }),
    ),
    when,
  )
  .map(([task, at]) => fitting({ ...task, ...at } as Spec))

/** A flow has no silence of its own here: its job does not speak. */
function fitting(task: Spec): Spec {
  if (task.kind === 'work' || task.heartbeat === undefined) return task
  const { heartbeat: _, ...rest } = task
  return rest
}

const draft = said(
  fc.record({ ...place, id: seldom(fc.constantFrom('a-name', 'm-name')), paused: seldom(fc.constant(true)) }),
) as fc.Arbitrary<Spec>
const drafts = fc.oneof(
  { weight: 3, arbitrary: fc.constant([] as Spec[]) },
  { weight: 1, arbitrary: fc.array(draft, { minLength: 1, maxLength: 2 }) },
)

const pick = fc.nat({ max: 40 })
const verb = fc.constantFrom<Verb>('pause', 'resume', 'cancel', 'retry', 'remove')
const tale = <Name extends Story['do'], T>(name: Name, rest: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  said(fc.record({ do: fc.constant(name), ...rest })) as unknown as fc.Arbitrary<Story>

const told: fc.WeightedArbitrary<Story>[] = [
  { weight: 10, arbitrary: tale('enqueue', { spec }) },
  {
    weight: 2,
    arbitrary: tale('enqueue', {
      spec: spec.map(({ in: _, ...rest }) => rest),
      runIn: fc.oneof(length, fc.constant(-TICK)),
    }),
  },
  { weight: 2, arbitrary: tale('enqueueMany', { specs: fc.array(spec, { minLength: 2, maxLength: 6 }) }) },
  { weight: 6, arbitrary: tale('finish', { pick, drafts }) },
  {
    weight: 7,
    arbitrary: tale('fail', {
      pick,
      how: fc.constantFrom('error', 'error', 'terminal', 'after'),
      after: delay,
      drafts,
    }),
  },
  { weight: 2, arbitrary: tale('snooze', { pick, ms: length, thrown: fc.boolean() }) },
  { weight: 3, arbitrary: tale('job', { pick, ok: fc.boolean() }) },
  { weight: 2, arbitrary: tale('late', { pick, ok: fc.boolean() }) },
  {
    weight: 8,
    arbitrary: verb.chain((name) => tale(name, { pick })),
  },
  { weight: 2, arbitrary: tale('group', { verb, group }) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        said(fc.record({ pick, priority: often(priority), route: seldom(route, 2) })),
        fc.oneof(
          length.map((ms) => ({ in: ms })),
          length.map((ms) => ({ runIn: ms })),
          fc.constant({ in: 0 }),
          fc.constant({ runIn: -TICK }),
        ),
      )
      .map(([rest, at]) => ({ do: 'reschedule', ...rest, ...at }) as Story),
  },
  {
    weight: 7,
    arbitrary: tale('send', { pick, event: fc.constantFrom('POKE', 'GO', 'GO', 'BACK', 'BREAK') }),
  },
]

const how = fc.constantFrom('kill' as const, 'power' as const)
const hiccup = { tear: fc.boolean(), how: fc.constant('blip' as const) }

/** One command. */
export const story: fc.Arbitrary<Story> = fc.oneof(
  ...told,
  { weight: 10, arbitrary: tale('advance', { ms: length }) },
  { weight: 2, arbitrary: tale('step', { ms: fc.integer({ min: -400_000, max: 400_000 }).map((n) => n * TICK) }) },
  {
    weight: 3,
    arbitrary: tale('end', {
      how: fc.constantFrom('kill', 'kill', 'power', 'stop'),
      offFor: length,
      slow: fc.oneof(fc.constant(0), length),
    }),
  },
  {
    weight: 3,
    arbitrary: tale('cut', {
      during: fc.oneof(...told, {
        weight: 8,
        arbitrary: tale('end', { how, offFor: length, slow: fc.constant(0) }),
      }),
      tear: fc.boolean(),
      how,
    }),
  },
  { weight: 3, arbitrary: tale('cut', { during: fc.oneof(...told), ...hiccup }) },
)
