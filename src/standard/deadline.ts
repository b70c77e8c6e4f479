import type { Alarm } from '../kernel/clock.js'
import { type Duration, durationMs } from '../model/duration.js'
import type { Call } from './actor.js'
import { ActorFailure } from './failure.js'

export const DEFAULT_TIMEOUT = '30s'

/**
 * Does some work that stops when its time is up or when the invocation is stopped, whatever comes first.
 * @throws ERR_TIMEOUT, ERR_INVALID_DURATION
 */
export async function within<Result>(
  { services, signal }: Pick<Call<unknown>, 'services' | 'signal'>,
  timeout: Duration,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { clock } = services
  const ms = durationMs(timeout, 'timeout')
  const controller = new AbortController()
  const stop = () => controller.abort(signal.reason)
  const late = new ActorFailure('ERR_TIMEOUT', `it took longer than ${ms} ms`)
  const alarm: Alarm = clock.alarm('steady', clock.steady() + ms, () => controller.abort(late))
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    return await work(controller.signal)
  } catch (error) {
    throw controller.signal.reason === late ? late : error
  } finally {
    alarm.clear()
    signal.removeEventListener('abort', stop)
  }
}
