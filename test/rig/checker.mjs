/**
 * Opens the store that a power cut left, and asks it to bear out what the witness was told.
 *
 *   checker.mjs DIST STORE WITNESS
 *
 * BAD <text>        a claim that does not hold
 * CHECKED <json>    figures; the last line of a check that came to its end
 */
import { Hearing } from './hearing.mjs'
import { kinds, say } from './kinds.mjs'

const [, , dist, path, witness] = process.argv
const { createRuntime, defineTask } = await import(`${dist}/src/index.js`)

const hearing = new Hearing(witness)
const openedAt = performance.now()
const runtime = createRuntime({ path, tasks: kinds(defineTask), routes: { default: { concurrency: 20 } } })
await runtime.start()
const openMs = performance.now() - openedAt
await hearing.atOnce(runtime)
await hearing.atLast()
hearing.at('stop')
await runtime.stop()
say(`CHECKED ${JSON.stringify({ openMs, ...hearing.figures() })}`)
