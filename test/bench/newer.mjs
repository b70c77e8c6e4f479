// A newer Node out of the registry, for peers that need one; holdfast runs on it too, for the comparison.
import { existsSync } from 'node:fs'

const program = new URL(`./peers-24/node_modules/node-linux-${process.arch}/bin/node`, import.meta.url).pathname

/** The program, or `undefined` where it is not installed. */
export const newerNode = () => (existsSync(program) ? program : undefined)
