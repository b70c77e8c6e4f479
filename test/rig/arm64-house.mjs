/** A daemon's config, for the command line on an arm64 machine: what is native is used by it. */
import { defineTask } from '../../dist/src/index.js'

const cell = new URL('../support/isolated/environment.mjs', import.meta.url)

export default {
  path: process.env.STORE,
  tasks: [
    defineTask({ kind: 'twice', run: ({ input }) => ({ is: 2 * input.n }) }),
    ...['thread', 'process'].map((isolate) => defineTask({ kind: isolate, module: cell, isolate })),
  ],
}
