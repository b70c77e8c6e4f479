/**
 * The audit of the mark of a runtime, in a store in which nobody works: what it counted, and the index of ends with its
 * counts, which is made anew where it does not add up.
 */
import type { Clock } from '../kernel/clock.js'
import { type KeyClass, keyOf } from '../model/keys.js'
import { stateIn } from '../model/record.js'
import type { AuditCommit, AuditDesk } from './audit-desk.js'
import { END_STATES, Ends, type EndsMark, LETTERS } from './ends.js'
import { decodeMark, encodeMark, MARK_KEY, NO_BOOT } from './mark.js'

/** `doubted`: something was changed, or lost. */
export async function auditMark(desk: AuditDesk, commit: AuditCommit, clock: Clock, doubted: boolean): Promise<void> {
  const { seq, emitted } = desk.highest
  const text = await desk.store.get(MARK_KEY)
  const found = decodeMark(text)
  if (seq + emitted === 0 && text === undefined) return
  const mark = found ?? { clock: { ...desk.now, mono: 0, boot: NO_BOOT }, seq: 0, emitted: 0 }
  const sound = found && (await addsUp(desk, found.ended))
  if (sound && !doubted && mark.seq >= seq && mark.emitted >= emitted) return
  const ends = new Ends(clock)
  ends.restore(undefined)
  await ends.rebuild(desk.store, commit)
  const counted = {
    seq: Math.max(mark.seq, seq),
    emitted: Math.max(mark.emitted, emitted),
    ended: ends.mark as EndsMark,
  }
  desk.rebuild('mark', MARK_KEY, encodeMark({ ...mark, ...counted }))
  await desk.flush()
}

/** One that has no counts is about to be counted by a start. */
async function addsUp(desk: AuditDesk, mark: EndsMark | undefined): Promise<boolean> {
  if (!mark) return true
  const counts = await countsOf(desk, 'ended', (text) => stateIn(text), () => 1) // biome-ignore format: one line reads better
  const byLetter = new Map(END_STATES.map((state) => [LETTERS[state], state] as const))
  const letterOf = (_: string, key: string) => byLetter.get(key[keyOf('expiry', '').length] as 'F')
  const named = await countsOf(desk, 'expiry', letterOf, (text) => text.split('\n').length)
  return END_STATES.every((state, i) => (counts.get(state) ?? 0) === mark[i] && (named.get(state) ?? 0) === mark[i + 3])
}

async function countsOf(
  desk: AuditDesk,
  kind: KeyClass,
  stateOf: (text: string, key: string) => string | undefined,
  sizeOf: (text: string) => number,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for await (const page of desk.pages(kind)) {
    for (const [key, text] of page) {
      const state = stateOf(text, key) ?? ''
      counts.set(state, (counts.get(state) ?? 0) + sizeOf(text))
    }
  }
  return counts
}
