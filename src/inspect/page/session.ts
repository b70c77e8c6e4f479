/** Who looks at the page, and what the daemon lets them do. */
import { computed, signal } from '@preact/signals'
import { ask, Problem, strangers } from './ask.js'

export type Scope = 'read' | 'write' | 'admin'

export interface Session {
  readonly scope: Scope
  readonly name?: string
  /** How the daemon knows: its socket, which lets everybody, or a token. */
  readonly by: 'socket' | 'token' | 'session'
  readonly until?: string
}

/** Undefined until the daemon said; 'none' while a token is needed. */
export const session = signal<Session | 'none' | undefined>(undefined)

/** Whether there is anything that may be changed: without it the page has no buttons that would fail. */
export const mayWrite = computed(() => typeof session.value === 'object' && session.value.scope !== 'read')

/** Where errors were thrown is told to who may do everything. */
export const seesStacks = computed(() => typeof session.value === 'object' && session.value.scope === 'admin')

strangers.subscribe((count) => {
  if (count > 0) session.value = 'none'
})

/** Asks who this is; a daemon that does not answer leaves it open. */
export async function greet(): Promise<void> {
  try {
    session.value = await ask<Session>('/v1/session')
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.status === 401) session.value = 'none'
  }
}

/** @throws Problem with 401 when the token is none */
export async function logIn(token: string): Promise<void> {
  session.value = await ask<Session>('/v1/session', { method: 'POST', token })
}

export async function logOut(): Promise<void> {
  await ask('/v1/session', { method: 'DELETE' })
  session.value = 'none'
}
