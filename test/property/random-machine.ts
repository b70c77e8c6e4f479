/** Random machines in JSON: states in states, regions, histories, timers, actors, and what happens to them. */
import { fromCallback, fromPromise, fromTransition } from 'xstate'
import fc from '../support/fast-check.js'

const EVENTS = ['A', 'B', 'C', 'D']
/** Two outcomes are on their way at once. */
export const RACE = 'race'

/**
 * What every machine may name. Each is its input and its events, nothing else, so that a restart of it changes nothing;
 * `say` hears what acts on the world.
 */
export function partsOf(say: (fact: string) => void = () => undefined) {
  let coming = 0
  const begins = (src: string, { self, input }: { self: { id: string }; input: unknown }) =>
    say(`${src} ${self.id} ${JSON.stringify(input)}`)
  const outcome = async (src: string, given: { self: { id: string }; input: unknown }) => {
    begins(src, given)
    if (++coming > 1) say(RACE)
    await undefined
    coming--
  }
  return {
    actors: {
      give: fromPromise(async (given) => {
        await outcome('give', given)
        return given.input
      }),
      refuse: fromPromise(async (given) => {
        await outcome('refuse', given)
        // Where it was thrown is in no record twice the same.
        throw Object.assign(new Error('refused'), { stack: undefined })
      }),
      never: fromPromise((given) => {
        begins('never', given)
        return new Promise(() => undefined)
      }),
      listen: fromCallback((given) => begins('listen', given as never)),
      count: fromTransition((state: number) => state + 1, 0),
    },
    actions: { mark: (_: unknown, params: unknown) => say(`mark ${JSON.stringify(params)}`) },
  }
}
export const SETTINGS = { pause: '7ms', most: 4 }

export interface Plan {
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  readonly children: readonly Plan[]
  readonly picks: readonly number[]
}

export const { plan } = fc.letrec<{ plan: Plan }>((tie) => {
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

/** The file of a plan. Every state has an id, so that a transition can lead anywhere. */
export function fileOf(root: readonly Plan[], first: readonly number[]): object {
  /** In which region of which parallel state each of them is. */
  const ids = new Map<string, ReadonlyMap<string, number>>()
  const regions = new Set<string>()
  const gather = (plans: readonly Plan[], before: string, within: ReadonlyMap<string, number>, parallel: boolean) => {
    for (const [i, each] of plans.entries()) {
      const id = `${before}_${i}`
      const inside = parallel ? new Map([...within, [before, i]]) : within
      ids.set(id, inside)
      if (parallel) regions.add(id)
      gather(each.children, id, inside, each.kind === 'parallel')
    }
  }
  gather(root, 's', new Map(), false)
  /** XState loses itself where one region leads into another of the same parallel state. */
  const reached = (from: string) =>
    [...ids]
      .filter(([, inside]) => [...inside].every(([id, i]) => (ids.get(from)?.get(id) ?? i) === i))
      .map(([id]) => id)
  const state = (it: Plan, id: string): object => {
    let at = 0
    const pick = (most: number) => (it.picks[at++ % it.picks.length] as number) % most
    const targets = reached(id)
    const inside = ids.get(id) as ReadonlyMap<string, number>
    const within = (of: string) => id.startsWith(`${of}_`)
    /** What several regions may take at once stays in its own: XState takes both when one of them leaves for good. */
    const leads = (alone: boolean): { target?: string; reenter?: true } => {
      const there = alone ? targets : targets.filter((to) => [...inside].every(([of, i]) => ids.get(to)?.get(of) === i))
      const to = there[pick(there.length)] as string
      const stays = to === id || to.startsWith(`${id}_`)
      const target = `#${to}`
      // XState leaves the other regions as well, and enters this one alone.
      if (regions.has(to) && within(to)) return {}
      if (!stays) return { target }
      // Nothing would be left here: while another region leaves for good, XState would stay as well.
      if (it.children.length === 0) return regions.has(id) ? {} : { target, reenter: true }
      // It would enter one region and not the others.
      if (it.kind === 'parallel' && to !== id) return regions.has(id) ? {} : { target, reenter: true }
      return { target }
    }
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
            event: { type: 'C', n: { $: 'context.n' } },
            delay: ['pause', 5, { $: 'context.n * 3 + 1' }][pick(3)],
          },
        },
        { type: 'cancel', params: { id: 'later' } },
        { type: 'raise', params: { event: { type: 'B' }, delay: '6ms', id: 'later' } },
        { type: 'mark', params: { at: id, n: { $: 'context.n' }, by: { $: 'event.type' } } },
      ][pick(7)]
    // What is taken by itself spends one of a few, so that nothing goes round for ever.
    const spending = (more: object = {}, alone = true) => ({
      guard: { $: 'context.spare > 0' },
      ...leads(alone),
      actions: { type: 'assign', params: { spare: { $: 'context.spare - 1' }, ...more } },
    })
    const transition = (alone: boolean) => {
      const one = {
        ...(pick(4) ? leads(alone) : {}),
        ...(pick(2) ? { guard: guard() } : {}),
        actions: [action()],
        ...(regions.has(id) || pick(5) ? {} : { reenter: true }),
      }
      return pick(3) ? one : [one, leads(alone)]
    }
    if (it.kind === 'final') return { id, type: 'final', output: { at: id, n: { $: 'context.n' } } }
    if (it.kind === 'history') return { id, type: 'history', history: pick(2) ? 'deep' : 'shallow' }
    const on = Object.fromEntries(EVENTS.filter(() => pick(2) === 0).map((event) => [event, transition(false)]))
    const invoke = [
      undefined,
      undefined,
      { src: 'give', input: { n: { $: 'context.n' } }, onDone: spending({ last: { $: 'event.output' } }) },
      { src: 'refuse', onError: [spending({ last: { $: 'event.error.message' } }), {}] },
      { src: 'never', onDone: leads(true) },
      { src: 'count', id: `count${id}` },
      { src: 'listen', input: { $: 'context.n' } },
      [{ src: 'never' }, { src: 'give', input: 5, onDone: { actions: action() } }],
    ][pick(8)]
    return {
      id,
      on,
      ...(invoke ? { invoke } : {}),
      ...(pick(3)
        ? {}
        : { after: { [(['4', '5ms', 'pause', 'reckoned', 'slow'] as const)[pick(5)] as string]: transition(true) } }),
      ...(pick(5) ? {} : { always: spending({}, false) }),
      ...(pick(3) ? {} : { entry: action() }),
      ...(pick(3) ? {} : { exit: [action()] }),
      ...states(it, id, spending),
    }
  }
  const begins = (plans: readonly Plan[]) => {
    const at = plans.findIndex(({ kind }) => kind !== 'history')
    return at
  }
  const states = (it: Plan, id: string, spending: () => object): object => {
    if (it.children.length === 0) return {}
    // Where there is nothing but history, nothing could be entered.
    const children = it.children.map((each, i) =>
      i === 0 && begins(it.children) < 0 ? { ...each, kind: 'atomic' as const } : each,
    )
    const named = children.map((each, i) => [`c${i}`, state(each, `${id}_${i}`)] as const)
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
      states: Object.fromEntries(plans.map((each, i) => [`c${i}`, state(each, `s_${i}`)])),
      output: { last: { $: 'context.last' }, n: { $: 'context.n' } },
    },
  }
}

const named = fc.constantFrom(...EVENTS)
/** What happens: an event, or time that passes. */
export const told = fc.oneof(
  fc.record({ type: named, n: fc.nat(3) }),
  named.map((type) => ({ type })),
  fc.integer({ min: 1, max: 12 }),
)
