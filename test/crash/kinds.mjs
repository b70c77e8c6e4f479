/**
 * The kinds of the daemon that is killed. Each writes to the witness what it does to the world, at the moment it does
 * it; a machine keeps in its context which steps it has passed, so that the record implies the effect of each.
 */
import { assign, emit, fromPromise, setup } from 'xstate'

const turn = () => new Promise((resolve) => setImmediate(resolve))

export function kinds({ defineTask }, say) {
  const ran = ({ id, kind, attempt, cause }) => say({ fact: 'RUN', id, kind, attempt, ...(cause && { of: cause.id }) })
  const call = fromPromise(async ({ input }) => {
    say({ fact: 'INVOKE', id: input.id, name: input.name })
    await turn()
  })
  const mark = (_, { id, name }) => say({ fact: 'EFFECT', id, name })
  const parts = { actors: { call }, actions: { mark } }
  /** A step is kept and seen: the assign is in the record, the mark is the plain action that it implies. */
  const step = (name) => [
    assign({ passed: ({ context }) => [...context.passed, name] }),
    { type: 'mark', params: ({ context }) => ({ id: context.id, name }) },
  ]
  const calling = (name) => ({ src: 'call', input: ({ context }) => ({ id: context.id, name }) })
  const fresh = ({ input }) => ({ id: input.id, passed: [] })

  const leg = setup(parts).createMachine({
    id: 'leg',
    context: fresh,
    initial: 'going',
    states: {
      going: { invoke: { ...calling('leg'), onDone: { target: 'gone', actions: step('leg') } } },
      gone: { type: 'final' },
    },
    output: ({ context }) => context.passed,
  })

  const journey = setup({ ...parts, actors: { call, leg } }).createMachine({
    id: 'journey',
    context: fresh,
    initial: 'calling',
    entry: step('begun'),
    states: {
      calling: { invoke: { ...calling('call'), onDone: { target: 'waiting', actions: step('called') } } },
      waiting: {
        after: { 15: { target: 'nesting', actions: [...step('waited'), emit({ type: 'waited' })] } },
      },
      nesting: {
        invoke: {
          src: 'leg',
          input: ({ context }) => ({ id: context.id }),
          onDone: { target: 'both', actions: step('nested') },
        },
      },
      both: {
        type: 'parallel',
        states: {
          a: {
            initial: 'on',
            states: { on: { after: { 5: { target: 'off', actions: step('a') } } }, off: { type: 'final' } },
          },
          b: {
            initial: 'on',
            states: {
              on: { invoke: { ...calling('b'), onDone: { target: 'off', actions: step('b') } } },
              off: { type: 'final' },
            },
          },
        },
        onDone: { target: 'over', actions: step('over') },
      },
      over: { type: 'final' },
    },
    output: ({ context }) => context.passed,
  })

  const counter = setup({ ...parts, actions: { ...parts.actions } }).createMachine({
    id: 'counter',
    context: fresh,
    on: {
      bump: {
        actions: [
          assign({ passed: ({ context, event }) => [...context.passed, event.n] }),
          { type: 'mark', params: ({ context, event }) => ({ id: context.id, name: event.n }) },
        ],
      },
    },
    initial: 'counting',
    states: { counting: { on: { end: 'over' } }, over: { type: 'final' } },
    output: ({ context }) => context.passed,
  })

  const worked = async (task) => {
    ran(task)
    await turn()
    return { of: task.id }
  }
  return [
    defineTask({ kind: 'plain', run: worked }),
    defineTask({ kind: 'leaf', run: worked }),
    defineTask({ kind: 'once', delivery: 'at-most-once', run: worked }),
    defineTask({
      kind: 'flaky',
      retry: { attempts: 5, delay: 5, backoff: 'constant' },
      run: (task) => {
        ran(task)
        if (task.attempt < 3) throw new Error('not yet')
        return { of: task.id }
      },
    }),
    defineTask({
      kind: 'doomed',
      retry: { attempts: 2, delay: 5, backoff: 'constant' },
      run: (task) => {
        ran(task)
        throw new Error('never')
      },
    }),
    defineTask({
      kind: 'breeder',
      run: async (task) => {
        ran(task)
        await task.enqueue('leaf', { of: task.id })
        await turn()
        await task.enqueue('leaf', { of: task.id }, { key: `second of ${task.id}` })
        return { of: task.id }
      },
    }),
    defineTask({ kind: 'journey', machine: journey }),
    defineTask({ kind: 'counter', machine: counter }),
  ]
}
