/** What a daemon that is killed tells the world, and the points at which it is killed. */
import { channel, subscribe } from 'node:diagnostics_channel'
import { appendFileSync, readFileSync } from 'node:fs'

/** One fact, one line, one write: in the page cache when this returns, so a kill cannot take it back. */
export const witness = (path) => (fact) => appendFileSync(path, `${JSON.stringify(fact)}\n`)

/** What was told by the lives before. */
export function told(path) {
  try {
    const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line))
  } catch {
    return []
  }
}

export const die = () => process.kill(process.pid, 'SIGKILL')

/** `commit.begin:3` kills at the third publication, `commit.begin:3+` one turn of the loop later. */
export function arm(point) {
  const [, name, nth, later] = /^([a-z.]+):(\d+)(\+?)$/.exec(point)
  let hits = 0
  subscribe(`holdfast:${name}`, () => {
    if (++hits !== Number(nth)) return
    if (later) setImmediate(die)
    else die()
  })
}

/** Counts what every point publishes. */
export function count(points) {
  const hits = {}
  for (const name of Object.keys(points)) {
    hits[name] = 0
    subscribe(`holdfast:${name}`, () => hits[name]++)
  }
  return hits
}

/** Resolves at the next publication of a point. */
export function next(point) {
  return new Promise((resolve) => {
    const on = () => {
      channel(`holdfast:${point}`).unsubscribe(on)
      resolve()
    }
    subscribe(`holdfast:${point}`, on)
  })
}
