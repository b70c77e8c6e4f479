/** What a view asks the daemon for: asked again from time to time while it is seen, and at once when the daemon is back. */
import { useSignal, useSignalEffect } from '@preact/signals'
import { useCallback, useEffect, useRef } from 'preact/hooks'
import { type Asking, ask, Problem } from './ask.js'
import { every } from './clock.js'
import { returns } from './feed.js'

export interface Asked<T> {
  /** The latest answer; it stays while the daemon is away. */
  readonly data: T | undefined
  readonly problem: Problem | undefined
  /** Asks now. */
  readonly again: () => void
}

/** `path` undefined asks for nothing; `everyMs` 0 asks once. */
export function useAsked<T>(path: string | undefined, query: Asking['query'] = {}, everyMs = 0): Asked<T> {
  const state = useSignal<{ key: string; data?: T | undefined; problem?: Problem | undefined }>({ key: '' })
  const running = useRef<AbortController | undefined>(undefined)
  const key = JSON.stringify([path, query])
  const latest = useRef(key)
  latest.current = key

  const again = useCallback(() => {
    if (path === undefined) return
    // One at a time: a daemon that is slow is not asked twice.
    if (running.current && latest.current === state.peek().key) return
    running.current?.abort()
    const controller = new AbortController()
    running.current = controller
    const kept = state.peek().key === key ? state.peek().data : undefined
    void ask<T>(path, { query, signal: controller.signal })
      .then(
        (data) => ({ key, data }),
        (error: unknown) => ({ key, data: kept, problem: error instanceof Problem ? error : undefined }),
      )
      .then((found) => {
        if (controller.signal.aborted) return
        state.value = found
      })
      .finally(() => {
        if (running.current === controller) running.current = undefined
      })
  }, [key])

  useEffect(() => {
    again()
    const leave = everyMs > 0 ? every(everyMs, again) : () => {}
    return () => {
      leave()
      running.current?.abort()
      running.current = undefined
    }
  }, [again, everyMs])
  const returned = useRef(returns.peek())
  useSignalEffect(() => {
    if (returns.value === returned.current) return
    returned.current = returns.value
    again()
  })
  const { data, problem } = state.value.key === key ? state.value : {}
  return { data, problem, again }
}
