/**
 * A task as it crosses into a thread or process: its input and whatever else it has that is data, in V8's own format,
 * which keeps the dates and maps that a schema may have made of the input.
 */
import { deserialize, serialize } from 'node:v8'
import { HoldfastError } from '../model/errors.js'
import type { RunningTask } from './running-task.js'

export interface PackedTask {
  readonly input: unknown
  readonly facts: Readonly<Record<string, unknown>>
}

const LIVE: ReadonlySet<string> = new Set(['input', 'signal', 'log'])

/** @throws ERR_NOT_JSON when the input, as its schema made it, cannot be cloned */
export function packed(task: RunningTask): string {
  const facts: Record<string, unknown> = {}
  for (const name of Object.keys(task)) {
    if (LIVE.has(name)) continue
    const value = task[name as keyof RunningTask]
    if (typeof value !== 'function') facts[name] = value
  }
  try {
    return serialize({ input: task.input, facts } satisfies PackedTask).toString('base64')
  } catch (cause) {
    throw new HoldfastError(
      'ERR_NOT_JSON',
      `the input of task ${task.id}, as its schema made it, cannot cross into a thread or process`,
      { hint: 'Let the schema give plain data: no functions, no class that holds something open.', cause },
    )
  }
}

export function unpacked(text: string): PackedTask {
  return deserialize(Buffer.from(text, 'base64')) as PackedTask
}
