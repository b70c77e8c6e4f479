/**
 * An answer that is long, and made as it is taken. Whoever does not take what was sent is waited for some time and then
 * cut off: what is read for him holds the disk. An answer that breaks off ends without its last chunk, so that its reader
 * knows.
 */
import type { ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import type { Clock } from '../kernel/clock.js'

/** For one write: about a megabyte. */
export const PATIENCE_MS = 60_000

/** A stream into a response; `begin` is called before the first byte. */
export function patient(response: ServerResponse, clock: Pick<Clock, 'alarm' | 'steady'>, begin: () => void): Writable {
  let begun = false
  const sink = new Writable({
    write(chunk, _, done) {
      if (!begun) begin()
      begun = true
      if (response.write(chunk)) return done()
      const alarm = clock.alarm('steady', clock.steady() + PATIENCE_MS, () => response.destroy())
      const over = () => {
        response.off('drain', over).off('close', over)
        alarm.clear()
        done()
      }
      response.on('drain', over).on('close', over)
    },
    final(done) {
      response.end(done)
    },
    destroy(error, done) {
      if (begun && !response.writableEnded) response.destroy()
      done(error)
    },
  })
  // Whoever pours hears of it; when nobody does there is nothing to be done.
  sink.on('error', () => undefined)
  response.once('close', () => {
    if (!response.writableFinished) sink.destroy(new Error('the reader is gone'))
  })
  return sink
}
