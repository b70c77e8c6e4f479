import { defineTask } from 'holdfast'
import { assign, fromPromise, setup } from 'xstate'

/** Sends a picture to the station; the id of the task is the same at every attempt. */
export const upload = (station) =>
  defineTask({
    kind: 'upload',
    retry: { attempts: 3, delay: '1m' },
    run: ({ id, input }) => station.put(input.file, { key: id }),
  })

export const archive = defineTask({ kind: 'archive', run: ({ input }) => `${input.day}.tar` })

export const digest = defineTask({
  kind: 'digest',
  run: async (task) => {
    const day = task.schedule.at.slice(0, 10)
    await task.enqueue('archive', { day })
    return day
  },
})

export const nightly = { cron: '30 2 * * *', timezone: 'Europe/Rome', task: { kind: 'digest' } }

/** Somebody rings: a picture is taken, and the door opens when a person says so within a minute. */
export const visit = defineTask({
  kind: 'visit',
  machine: setup({
    actors: {
      takePicture: fromPromise(() => Promise.reject(new Error('this board has no camera'))),
      openDoor: fromPromise(() => Promise.reject(new Error('this board has no door'))),
    },
  }).createMachine({
    context: { picture: null },
    initial: 'ringing',
    states: {
      ringing: {
        invoke: {
          src: 'takePicture',
          input: ({ self }) => ({ key: `${self.id}/picture` }),
          onDone: { target: 'waiting', actions: assign({ picture: ({ event }) => event.output }) },
          onError: 'waiting',
        },
      },
      waiting: { on: { OPEN: 'opening', IGNORE: 'alone' }, after: { 60000: 'alone' } },
      opening: {
        invoke: {
          src: 'openDoor',
          input: ({ self }) => ({ key: `${self.id}/door` }), // so that a cut does not open it twice
          onDone: 'open',
        },
      },
      open: { type: 'final' },
      alone: { type: 'final' },
    },
    output: ({ context }) => context.picture,
  }),
})
