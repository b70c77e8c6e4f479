/** What a call does that finds a task of its key: `replace`, `debounce` and `throttle`, checked. */
import { durationMs } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import { invalid, onlyKnown } from './checks.js'
import type { EnqueueOptions } from './enqueue-options.js'

export type Repeat =
  | { readonly type: 'replace' }
  /** `maxMs`: the longest it can be pushed away, from the first call on. */
  | { readonly type: 'debounce'; readonly waitMs: number; readonly maxMs: number | undefined }
  | { readonly type: 'throttle'; readonly windowMs: number }

const REPEATS = ['replace', 'debounce', 'throttle'] as const

/** @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION */
export function repeatOf(options: EnqueueOptions): Repeat | undefined {
  const { replace, debounce, throttle } = options
  if (replace === undefined && debounce === undefined && throttle === undefined) return undefined
  if (replace !== undefined && typeof replace !== 'boolean') throw invalid('replace', 'true or false', replace)
  const [given, other] = REPEATS.filter((name) => options[name] !== undefined && options[name] !== false)
  if (given === undefined) return undefined
  if (other !== undefined) throw apart(given, other, 'one of them says what becomes of a second call')
  if (options.key === undefined || options.key === null) {
    throw new HoldfastError('ERR_INVALID_OPTION', `${given}: needs a \`key\``, {
      hint: 'The key says which calls are about the same thing: a file name, a camera.',
    })
  }
  if (options.id !== undefined) throw apart(given, 'id', 'the task that is there keeps its id')
  if (options.dependsOn !== undefined) throw apart(given, 'dependsOn', 'what a task waits for is fixed when it is made')
  if (given === 'replace') return { type: 'replace' }
  if (given === 'throttle') return { type: 'throttle', windowMs: length(throttle, 'throttle') }
  for (const name of ['in', 'runAt'] as const)
    if (options[name] !== undefined) throw apart('debounce', name, 'the debounce says when it runs')
  return debounceOf(debounce)
}

function debounceOf(debounce: EnqueueOptions['debounce']): Repeat {
  if (typeof debounce !== 'object' || debounce === null)
    return { type: 'debounce', waitMs: length(debounce, 'debounce'), maxMs: undefined }
  onlyKnown(debounce, ['wait', 'max'], 'debounce')
  const waitMs = length(debounce.wait, 'debounce.wait')
  if (debounce.max === undefined) return { type: 'debounce', waitMs, maxMs: undefined }
  const maxMs = length(debounce.max, 'debounce.max')
  if (maxMs < waitMs) throw invalid('debounce.max', 'at least `wait`', debounce.max)
  return { type: 'debounce', waitMs, maxMs }
}

function length(value: unknown, option: string): number {
  const ms = durationMs(value as string, option)
  if (ms > 0) return ms
  throw invalid(option, 'a time above 0', value)
}

function apart(one: string, other: string, why: string): HoldfastError {
  return new HoldfastError('ERR_INVALID_OPTION', `${one}: cannot be together with \`${other}\`: ${why}`)
}
