import { createRequire } from 'node:module'

/** The peers are installed apart: no package of theirs is a dependency of the project. */
export const peer = createRequire(new URL('../peers/package.json', import.meta.url))
