import { fromPromise } from 'xstate'

export default { path: './data', tasks: [] }

export const machines = {
  actors: { read: fromPromise(async ({ input }) => ({ station: input.station, level: input.after + 1 })) },
}
