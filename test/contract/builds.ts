/**
 * XState is two builds: Node loads the production one, Vitest resolves the development one, and they differ in what
 * they refuse. The contract is with the build a daemon runs, so these tests load it by its file.
 */
import { createRequire } from 'node:module'

const fromPackage = createRequire(createRequire(import.meta.url).resolve('xstate/package.json'))

export const production: typeof import('xstate') = fromPackage('./dist/xstate.cjs.js')
export const development: typeof import('xstate') = fromPackage('./dist/xstate.development.cjs.js')
