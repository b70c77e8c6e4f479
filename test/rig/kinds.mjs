/** The kinds of task that the writer makes and the checker lets end. Each says on the host when it is run. */
import { writeSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { assign, setup } from 'xstate'

/** One whole line, in one write: a cut leaves it or leaves it out. */
export const say = (line) => writeSync(1, `${line}\n`)

const started = (task) => say(`RUN ${task.id} ${task.attempt}`)

/** Waits in two states on `after` timers; its one plain action must run at most once, cut or not. */
const patience = setup({
  actions: { act: (_, params) => say(`ACT ${params.id}`) },
}).createMachine({
  id: 'patience',
  context: ({ input }) => ({ id: input.id }),
  initial: 'warm',
  states: {
    warm: { after: { 120: 'cool' } },
    cool: {
      entry: { type: 'act', params: ({ context }) => ({ id: context.id }) },
      after: { 120: 'done' },
    },
    done: { type: 'final' },
  },
  output: ({ context }) => ({ of: context.id }),
})

/** Keeps every event that it was sent, until it is told that there are no more. */
const counter = setup({}).createMachine({
  id: 'counter',
  context: ({ input }) => ({ id: input.id, heard: [] }),
  on: { bump: { actions: assign({ heard: ({ context, event }) => [...context.heard, event.n] }) } },
  initial: 'counting',
  states: { counting: { on: { end: 'over' } }, over: { type: 'final' } },
  output: ({ context }) => ({ of: context.id, heard: context.heard }),
})

export function kinds(defineTask) {
  return [
    defineTask({
      kind: 'work',
      run: async (task) => {
        started(task)
        await pause(task.input.ms)
        return { of: task.id }
      },
    }),
    defineTask({
      kind: 'once',
      delivery: 'at-most-once',
      run: async (task) => {
        started(task)
        await pause(task.input.ms)
        return { of: task.id }
      },
    }),
    defineTask({
      kind: 'flaky',
      retry: { attempts: 20, delay: '80ms', backoff: 'constant' },
      run: (task) => {
        started(task)
        if (task.attempt === 1) throw new Error('the first attempt always fails')
        return { of: task.id }
      },
    }),
    defineTask({
      kind: 'doomed',
      run: (task) => {
        started(task)
        throw new Error('this one always fails')
      },
    }),
    defineTask({
      kind: 'breeder',
      run: async (task) => {
        started(task)
        await task.enqueue('follow', { parent: task.id })
        await pause(task.input.ms)
        return { of: task.id }
      },
    }),
    defineTask({
      kind: 'follow',
      run: (task) => {
        started(task)
        return { of: task.id }
      },
    }),
    defineTask({ kind: 'patience', machine: patience }),
    defineTask({ kind: 'counter', machine: counter }),
  ]
}
