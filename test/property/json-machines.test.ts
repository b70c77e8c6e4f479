/**
 * Random machines in JSON, played through with random events, once as they are and once set up again from what would be
 * on disk before every event: both go the same way.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AnyEventObject, type AnyStateMachine, fromCallback, fromPromise, fromTransition } from 'xstate'
import { chartOf } from '../../src/configs/chart.js'
import { Findings } from '../../src/configs/finding.js'
import { loadMachine } from '../../src/configs/index.js'
import { registryOf } from '../../src/configs/registry.js'
import { durable } from '../../src/kernel/durable.js'
import { type Ending, Stage, type Step, type StoredMachine } from '../../src/kernel/stage.js'

const EVENTS = ['A', 'B', 'C', 'BACK']
/** What every machine may name. Each is its input and its events, nothing else, so that a restart of it changes nothing. */
const PARTS = {
  actors: {
    give: fromPromise(async ({ input }) => input),
    refuse: fromPromise(async () => {
      // Where it was thrown is in no record twice the same.
      throw Object.assign(new Error('refused'), { stack: undefined })
    }),
    never: fromPromise(() => new Promise(() => undefined)),
    echo: fromCallback(({ sendBack, receive }) => receive(({ n }: AnyEventObject) => sendBack({ type: 'BACK', n }))),
    count: fromTransition((state: number) => state + 1, 0),
  },
}
const SETTINGS = { pause: '7ms', most: 4 }

interface Plan {
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  readonly children: readonly Plan[]
  readonly picks: readonly number[]
}

const { plan } = fc.letrec<{ plan: Plan }>((tie) => {
  const picks = fc.array(fc.nat(1_000), { minLength: 24, maxLength: 24 })
  const leaf = fc.record({
    kind: fc.constantFrom<Plan['kind']>('atomic', 'atomic', 'atomic', 'final', 'history'),
    children: fc.constant([]),
    picks,
  })
  const branch = fc.record({
    kind: fc.constantFrom<Plan['kind']>('compound', 'compound', 'parallel'),
    children: fc.array(tie('plan'), { minLength: 2, maxLength: 4 }),
    picks,
  })
  return { plan: fc.oneof({ depthSize: 'small', maxDepth: 3 }, leaf, branch) }
})

/**
 * The file of a plan. Every state has an id, so that a transition can lead anywhere. Each region of a parallel state has
 * events of its own: in which order XState asks regions about one event is not the same after a restore.
 */
function fileOf(root: readonly Plan[], first: readonly number[]): object {
  /** In which region of which parallel state each of them is. */
  const ids = new Map<string, ReadonlyMap<string, number>>()
  const gather = (plans: readonly Plan[], before: string, within: ReadonlyMap<string, number>, parallel: boolean) => {
    for (const [i, each] of plans.entries()) {
      const id = `${before}_${i}`
      const inside = parallel ? new Map([...within, [before, i]]) : within
      ids.set(id, inside)
      gather(each.children, id, inside, each.kind === 'parallel')
    }
  }
  gather(root, 's', new Map(), false)
  /** XState loses itself where one region leads into another of the same parallel state. */
  const reached = (from: string) =>
    [...ids]
      .filter(([, inside]) => [...inside].every(([id, i]) => (ids.get(from)?.get(id) ?? i) === i))
      .map(([id]) => id)
  const state = (it: Plan, id: string, region: string): object => {
    let at = 0
    const pick = (most: number) => (it.picks[at++ % it.picks.length] as number) % most
    const targets = reached(id)
    const target = () => `#${targets[pick(targets.length)]}`
    const guard = () =>
      [
        { $: 'context.n % 2 == 0' },
        { type: 'lt', params: { left: { $: 'context.n' }, right: { $: 'settings.most * 3' } } },
        { type: 'not', guard: { $: "context.seen.includes('A')" } },
        { type: 'and', guards: [{ type: 'exists', params: { value: { $: 'event.n' } } }, { $: 'event.n > 1' }] },
        { type: 'matches', params: { value: { $: 'event.type' }, pattern: '^[AB]$' } },
      ][pick(5)]
    const action = () =>
      [
        { type: 'assign', params: { n: { $: 'context.n + 1' } } },
        { type: 'assign', params: { seen: { $: 'slice(append(context.seen, event.type), -5)' }, last: { of: id } } },
        { type: 'emit', params: { type: 'passed', at: id, n: { $: 'context.n' } } },
        {
          type: 'raise',
          params: {
            event: { type: `C${region}`, n: { $: 'context.n' } },
            delay: ['pause', 5, { $: 'context.n * 3' }][pick(3)],
          },
        },
        { type: 'cancel', params: { id: `later${region}` } },
        { type: 'raise', params: { event: { type: `B${region}` }, delay: '6ms', id: `later${region}` } },
      ][pick(6)]
    // What is taken by itself spends one of a few, so that nothing goes round for ever.
    const spending = (more: object = {}) => ({
      guard: { $: 'context.spare > 0' },
      target: target(),
      actions: { type: 'assign', params: { spare: { $: 'context.spare - 1' }, ...more } },
    })
    const transition = () => {
      const one = {
        ...(pick(4) ? { target: target() } : {}),
        ...(pick(2) ? { guard: guard() } : {}),
        actions: [action()],
        ...(pick(5) ? {} : { reenter: true }),
      }
      return pick(3) ? one : [one, { target: target() }]
    }
    if (it.kind === 'final') return { id, type: 'final', output: { at: id, n: { $: 'context.n' } } }
    if (it.kind === 'history') return { id, type: 'history', history: pick(2) ? 'deep' : 'shallow' }
    const on = Object.fromEntries(
      EVENTS.filter(() => pick(2) === 0).map((event) => [`${event}${region}`, transition()]),
    )
    const invoke = [
      undefined,
      undefined,
      { src: 'give', input: { n: { $: 'context.n' } }, onDone: spending({ last: { $: 'event.output' } }) },
      { src: 'refuse', onError: [spending({ last: { $: 'event.error.message' } }), {}] },
      { src: 'never', onDone: target() },
      { src: 'count', id: `count${id}` },
      [{ src: 'never' }, { src: 'give', input: 5, onDone: { actions: action() } }],
    ][pick(7)]
    return {
      id,
      on,
      ...(invoke ? { invoke } : {}),
      ...(pick(3)
        ? {}
        : { after: { [(['4', '5ms', 'pause', 'reckoned', 'slow'] as const)[pick(5)] as string]: transition() } }),
      ...(region !== '' || pick(5) ? {} : { always: spending() }),
      ...(pick(3) ? {} : { entry: action() }),
      ...(pick(3) ? {} : { exit: [action()] }),
      ...states(it, id, region, spending),
    }
  }
  const begins = (plans: readonly Plan[]) => {
    const at = plans.findIndex(({ kind }) => kind !== 'history')
    return at
  }
  const states = (it: Plan, id: string, region: string, spending: () => object): object => {
    if (it.children.length === 0) return {}
    // Where there is nothing but history, nothing could be entered.
    const children = it.children.map((each, i) =>
      i === 0 && begins(it.children) < 0 ? { ...each, kind: 'atomic' as const } : each,
    )
    const named = children.map(
      (each, i) => [`c${i}`, state(each, `${id}_${i}`, it.kind === 'parallel' ? `${region}${i}` : region)] as const,
    )
    return {
      type: it.kind,
      ...(it.kind === 'compound' ? { initial: `c${Math.max(0, begins(children))}`, onDone: spending() } : {}),
      states: Object.fromEntries(named),
    }
  }
  const plans = begins(root) < 0 ? [{ kind: 'atomic', children: [], picks: first } as Plan, ...root.slice(1)] : root
  return {
    kind: 'm',
    settings: { defaults: SETTINGS },
    delays: { slow: '9ms', reckoned: { $: 'context.n + input.wait' } },
    machine: {
      context: { n: 0, spare: 6, seen: [], last: null, begun: { $: 'input.wait' } },
      initial: `c${Math.max(0, begins(plans))}`,
      states: Object.fromEntries(plans.map((each, i) => [`c${i}`, state(each, `s_${i}`, '')])),
      output: { last: { $: 'context.last' }, n: { $: 'context.n' } },
    },
  }
}

/** What is remembered is a set: its order means nothing. */
function remembered(snapshot: unknown): object {
  const { historyValue } = snapshot as { historyValue: Record<string, { id: string }[]> }
  return Object.fromEntries(
    Object.entries(historyValue).map(([id, nodes]) => [id, nodes.map((node) => node.id).sort()]),
  )
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

type Told = AnyEventObject | number
/** What a life of a machine comes to, event by event. */
async function life(machine: AnyStateMachine, events: readonly Told[], restarting: boolean): Promise<unknown[]> {
  const trace: unknown[] = []
  let now = 1_000
  let ended: Ending | undefined
  let emits: unknown[] = []
  const play = ({ held, starts, emits: told }: Step) => {
    emits.push(...told)
    for (const { run } of [...held, ...starts]) run()
  }
  const host = {
    id: 'm',
    steady: () => now,
    stepped: play,
    ended: (ending: Ending, step: Step) => {
      ended = ending
      play(step)
    },
  }
  const setUp = (from: { input: unknown } | { stored: StoredMachine }) => {
    const stage = new Stage(machine, host, from)
    stage.start()
    return stage
  }
  let stage = setUp({ input: { wait: 3 } })
  const note = async () => {
    for (let i = 0; i < 10; i++) await turn()
    if (ended) trace.push({ ended: ended.type === 'done' ? { output: ended.output } : String(ended.error), emits })
    else {
      const { snapshot, timers } = JSON.parse(stage.text) as StoredMachine
      const waits = timers.map(({ due, event }) => `${due} ${JSON.stringify(event)}`).sort()
      trace.push({ snapshot: { ...(snapshot as object), historyValue: remembered(snapshot) }, waits, emits })
    }
    emits = []
  }
  await note()
  for (const event of events) {
    if (ended) break
    if (restarting) {
      const stored = JSON.parse(stage.text) as StoredMachine
      Stage.check(machine, stored)
      stage.close()
      stage = setUp({ stored })
    }
    if (typeof event !== 'number') stage.send(event)
    else {
      now += event
      stage.fireDue(now)
    }
    await note()
  }
  stage.close()
  return trace
}

const named = fc
  .tuple(fc.constantFrom(...EVENTS), fc.constantFrom('', '', '0', '1', '2', '00', '10'))
  .map(([event, region]) => event + region)
const told = fc.oneof(
  fc.record({ type: named, n: fc.nat(3) }),
  named.map((type) => ({ type })),
  fc.integer({ min: 1, max: 12 }),
)

test('random machines in JSON go the same way with and without restarts', { timeout: 300_000 }, async () => {
  let [reached, finished, failed, played] = [0, 0, 0, 0]
  await fc.assert(
    fc.asyncProperty(
      fc.array(plan, { minLength: 2, maxLength: 4 }),
      fc.array(fc.nat(1_000), { minLength: 24, maxLength: 24 }),
      fc.array(told, { minLength: 3, maxLength: 14 }),
      async (plans, first, events) => {
        const file = fileOf(plans, first) as Record<string, unknown>
        // It is legal: what is found in it would be thrown here.
        expect(loadMachine(file, PARTS).kind).toBe('m')
        const made = () =>
          durable(chartOf(file, registryOf(PARTS), () => SETTINGS, new Findings())?.machine as AnyStateMachine)
        const through = await life(made(), events, false)
        expect(await life(made(), events, true)).toEqual(through)
        const last = through.at(-1) as { ended?: unknown }
        played++
        reached += through.length
        if (typeof last.ended === 'string') failed++
        else if (last.ended !== undefined) finished++
      },
    ),
    { numRuns: process.env.TORTURE ? 2_000 : 60, endOnFailure: true },
  )
  // The machines move and most of them are alive: otherwise this would say nothing.
  expect(reached).toBeGreaterThan(played * 3)
  expect(finished).toBeGreaterThan(0)
  expect(failed).toBeLessThan(played / 4)
})
