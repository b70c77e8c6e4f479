/** What the witness was told, put in order: the claims that the disk must bear out. */
import { readFileSync } from 'node:fs'

export function readTold(path) {
  const told = {
    batches: [],
    acked: new Set(),
    ended: new Map(),
    runs: new Map(),
    acts: new Map(),
    /** What somebody who looked in saw tasks become. */
    seen: new Map(),
    /** Events whose acceptance was heard of, by the machine that they went to. */
    sent: new Map(),
    /** Acknowledgements and runs as they came, an array for each boot. */
    boots: [[]],
    /** Acknowledged, and cut off before their end was announced. */
    cutOff: new Set(),
  }
  const nextBoot = () => told.boots.push([])
  const hear = {
    TRY: (...ids) => told.batches.push(ids),
    ACK: (id) => {
      told.acked.add(id)
      told.cutOff.add(id)
      told.boots.at(-1).push({ acked: id })
    },
    END: (id, state) => {
      told.ended.set(id, state)
      told.cutOff.delete(id)
    },
    RUN: (id, attempt) => {
      told.runs.set(id, [...(told.runs.get(id) ?? []), Number(attempt)])
      told.boots.at(-1).push({ run: id })
    },
    SAW: (id, state) => told.seen.set(id, (told.seen.get(id) ?? new Set()).add(state)),
    SENT: (id, n) => told.sent.set(id, [...(told.sent.get(id) ?? []), Number(n)]),
    ACT: (id) => told.acts.set(id, (told.acts.get(id) ?? 0) + 1),
    // A check lets everything come to its end.
    'CHECK-OVER': () => {
      told.cutOff.clear()
      nextBoot()
    },
    CUT: nextBoot,
  }
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [word, ...words] = line.split(' ')
    if (Object.hasOwn(hear, word)) hear[word](...words)
  }
  return told
}
