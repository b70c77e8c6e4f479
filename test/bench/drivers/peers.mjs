import { createRequire } from 'node:module'

/** The peers are installed apart: no package of theirs is a dependency of the project. */
export const peer = createRequire(new URL('../peers/package.json', import.meta.url))

/** Those that need a newer Node, with that Node. */
export const newerPeer = createRequire(new URL('../peers-24/package.json', import.meta.url))
