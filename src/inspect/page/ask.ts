/** Requests to the daemon that the page came from. What goes wrong is a Problem with words for people. */
import { signal } from '@preact/signals'

export class Problem extends Error {
  override readonly name = 'Problem'
  /** 0 when nobody answered. */
  readonly status: number
  readonly code: string
  readonly hint: string

  constructor(status: number, code: string, message: string, hint: string) {
    super(message)
    this.status = status
    this.code = code
    this.hint = hint
  }
}

export interface Asking {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  readonly token?: string
  readonly signal?: AbortSignal
}

/** Counts the answers that asked who this is: the session is over. */
export const strangers = signal(0)

/** The answer as JSON; undefined where there is nothing in it. @throws Problem */
export async function ask<T>(path: string, asking: Asking = {}): Promise<T> {
  const { method = 'GET', query = {}, body, token, signal: given } = asking
  const address = new URL(path, location.origin)
  for (const [key, value] of Object.entries(query))
    if (value !== undefined) address.searchParams.set(key, String(value))
  const headers = new Headers({ accept: 'application/json' })
  if (body !== undefined) headers.set('content-type', 'application/json')
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  const response = await fetch(address, {
    method,
    headers,
    cache: 'no-store',
    credentials: 'same-origin',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(given ? { signal: given } : {}),
  }).catch((error: unknown) => {
    if (given?.aborted) throw error
    throw new Problem(0, 'ERR_NO_DAEMON', 'the daemon does not answer', 'The page goes on as soon as it does.')
  })
  if (!response.ok) throw await problemOf(response, token === undefined)
  return (await answerOf(response)) as T
}

/** What lies between may cut an answer, or give one of its own. */
async function answerOf(response: Response): Promise<unknown> {
  try {
    const text = await response.text()
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    throw new Problem(0, 'ERR_BAD_ANSWER', 'the answer of the daemon could not be read', '')
  }
}

/** A part of a path. */
export const part = (text: string): string => encodeURIComponent(text)

async function problemOf(response: Response, asked: boolean): Promise<Problem> {
  if (response.status === 401 && asked) strangers.value++
  const told = (await response.json().catch(() => ({}))) as Partial<Record<'code' | 'detail' | 'hint', unknown>>
  const text = (value: unknown, other: string) => (typeof value === 'string' ? value : other)
  return new Problem(
    response.status,
    text(told.code, `HTTP ${response.status}`),
    text(told.detail, response.statusText || 'the request was refused'),
    text(told.hint, ''),
  )
}
