/** The gate of the clock: a board without a battery starts in the past, until a time service has set it right. */
import { type SyncedPaths, synced, watchSynced } from '../../kernel/synced.js'
import type { Watch } from '../../kernel/watch-path.js'
import { isoTime } from '../../model/duration.js'
import { onlyKnown } from '../checks.js'
import {
  type Answer,
  type Condition,
  type ConditionHost,
  GATE_OPTIONS,
  GateDefinition,
  type GateOptions,
  policyOf,
} from './condition.js'

export interface ClockSyncedOptions extends GateOptions {
  /** Where the time services are, if not where Debian has them. */
  readonly paths?: SyncedPaths
}

/** No board runs this before it was written. */
const OLDEST_MS = Date.UTC(2026, 0, 1)
/** A clock may have been set back by a little between two runs. */
const TOLERANCE_MS = 2_000

/**
 * Open while systemd-timesyncd or chrony says that the clock is synchronised. On a board that has neither it is open
 * when the clock is neither before 2026 nor behind the highest time that was ever seen; when it is, for `clock.hold` at
 * most: the date may have been wrong then.
 * @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION
 */
export function clockSynced(options: ClockSyncedOptions = {}): GateDefinition {
  onlyKnown(options, ['paths', ...GATE_OPTIONS], 'clockSynced')
  onlyKnown(options.paths ?? {}, ['timesync', 'chrony', 'chronyc'], 'clockSynced.paths')
  // A clock is set once, soon after the boot: it is worth a look now and then until it is.
  const asked = policyOf(options, 'clockSynced', { interval: '5m', maxInterval: '30s', freshForMs: 30_000 })
  return new GateDefinition(asked, (host) => new ClockCondition(host, options.paths ?? {}))
}

class ClockCondition implements Condition {
  readonly #host: ConditionHost
  readonly #paths: SyncedPaths
  #watch: Watch | undefined
  /** Since when, on the steady hand, it is behind. */
  #since: number | undefined

  constructor(host: ConditionHost, paths: SyncedPaths) {
    this.#host = host
    this.#paths = paths
  }

  async ask(): Promise<Answer> {
    const said = await synced({ paths: this.#paths })
    if (said === 'yes') return { open: true }
    if (said === 'no') return { open: false, reason: 'the clock is not synchronised yet' }
    const { clock, lastWall, holdMs } = this.#host
    const [wall, steady] = [clock.wall(), clock.steady()]
    const least = Math.max(OLDEST_MS, lastWall - TOLERANCE_MS)
    if (wall >= least) return { open: true }
    this.#since ??= steady
    if (wall >= OLDEST_MS && steady - this.#since >= holdMs) return { open: true }
    return { open: false, reason: `the clock says ${isoTime(wall)}, and it was ${isoTime(least)} already` }
  }

  wake(): void {
    this.#watch ??= watchSynced(() => this.#host.changed(), { paths: this.#paths })
  }

  sleep(): void {
    this.#watch?.close()
    this.#watch = undefined
  }
}
