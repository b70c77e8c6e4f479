/** A store repaired while no daemon runs: its files, and then what they hold. Both on a copy, and one exchange. */
import type { Clock } from '../kernel/clock.js'
import { tell } from '../kernel/telemetry.js'
import { UNCHECKED_KEY } from '../model/keys.js'
import { type Counts, censusOf } from '../store/census.js'
import { repairStore } from '../store/repair.js'
import type { Op, Store } from '../store/store.js'
import type { OnProgress, StoreReport } from '../store/verify.js'
import { audit } from './audit.js'
import { type AuditCommit, AuditDesk, type AuditReport } from './audit-desk.js'
import { auditMark } from './audit-mark.js'
import { invalid, onlyKnown } from './checks.js'
import { decodeMark, MARK_KEY } from './mark.js'

export interface RepairOptions {
  /** The directory of the store. */
  readonly path: string
  /** Hears the bytes that were checked, and of how many. */
  readonly onProgress?: OnProgress
}

export interface RepairReport extends AuditReport {
  /** False: nothing was wrong, and no byte of it was changed. */
  readonly changed: boolean
  readonly damage: StoreReport['damage']
  /** Where the store is as it was. */
  readonly kept?: string
  /** Entries by class. What damaged files held before cannot be counted. */
  readonly entries: { readonly before?: Counts; readonly after: Counts }
  /** By state. */
  readonly tasks: Counts
}

/** @throws ERR_NOT_FOUND, ERR_STORE_LOCKED, ERR_STORE_CORRUPT, ERR_STORE_IO, ERR_FORMAT_NEWER, ERR_INVALID_OPTION */
export async function repairWith(clock: Clock, options: RepairOptions): Promise<RepairReport> {
  onlyKnown(options, ['path', 'onProgress'], 'repair')
  const { path, onProgress } = options
  if (typeof path !== 'string' || path === '') throw invalid('repair.path', 'the directory of the store', path)
  let found: Audited | undefined
  const improve = async (store: Store, damaged: boolean) => {
    found = await audited(store, clock, damaged)
    return found.changed
  }
  const passed = (step: string) => tell('repair.step', () => ({ step }))
  const { damage, kept } = await repairStore({ path, improve, passed, onProgress })
  const { report, before, after, tasks } = found as unknown as Audited
  return {
    changed: kept !== undefined || damage.length > 0,
    damage,
    ...(kept === undefined ? {} : { kept }),
    entries: { ...(before ? { before } : {}), after },
    tasks,
    ...report,
  }
}

interface Audited {
  readonly changed: boolean
  readonly report: AuditReport
  readonly before: Counts | undefined
  readonly after: Counts
  readonly tasks: Counts
}

async function audited(store: Store, clock: Clock, damaged: boolean): Promise<Audited> {
  const before = damaged ? undefined : await censusOf(store)
  clock.resume(decodeMark(await store.get(MARK_KEY))?.clock)
  const pen = new Pen(store)
  const desk = new AuditDesk(store, pen, { wall: clock.wall(), steady: clock.steady() })
  await audit(desk)
  const unchecked = (await store.get(UNCHECKED_KEY)) !== undefined
  await auditMark(desk, pen, clock, damaged || desk.changed || unchecked)
  if (unchecked) pen.del(UNCHECKED_KEY)
  await pen.flush()
  const changed = desk.changed || unchecked
  const { entries, tasks } = changed || !before ? await censusOf(store) : before
  return { changed, report: desk.report, before: before?.entries, after: entries, tasks }
}

/** Writes into a store that nobody has seen yet: its files are synced before it is. */
class Pen implements AuditCommit {
  readonly #store: Store
  #ops: Op[] = []

  constructor(store: Store) {
    this.#store = store
  }

  put(key: string, value: string): void {
    this.#ops.push({ type: 'put', key, value })
  }

  del(key: string): void {
    this.#ops.push({ type: 'del', key })
  }

  async flush(): Promise<void> {
    const ops = this.#ops
    this.#ops = []
    await this.#store.batch(ops, false)
  }
}
