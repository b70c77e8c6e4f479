import type { TaskState } from '../../../../machines/index.js'
import { Icon } from './icon.js'

/** The states that are stored, in the order in which tasks go through them. */
export const STATES = ['SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED', 'FAILED', 'TERMINATED'] as const
export type StoredState = (typeof STATES)[number]

export function StateBadge({
  state,
  paused = false,
}: {
  readonly state: TaskState | string
  readonly paused?: boolean
}) {
  return (
    <span class={`badge state-${state.toLowerCase()}`}>
      <i class="dot" aria-hidden="true" />
      {state}
      {paused && <Paused />}
    </span>
  )
}

function Paused() {
  return (
    <span class="paused" title="paused">
      <Icon name="pause" />
      <span class="unseen">paused</span>
    </span>
  )
}
