/** What the witness was told, put in order: the claims that the disk must bear out. */
import { readFileSync } from 'node:fs'

export function readTold(path) {
  const told = {
    batches: [],
    acked: new Set(),
    ended: new Map(),
    runs: new Map(),
    acts: new Map(),
    /** Acknowledged, and cut off before their end was announced. */
    cutOff: new Set(),
  }
  const hear = {
    TRY: (...ids) => told.batches.push(ids),
    ACK: (id) => {
      told.acked.add(id)
      told.cutOff.add(id)
    },
    END: (id, state) => {
      told.ended.set(id, state)
      told.cutOff.delete(id)
    },
    RUN: (id, attempt) => told.runs.set(id, [...(told.runs.get(id) ?? []), Number(attempt)]),
    ACT: (id) => told.acts.set(id, (told.acts.get(id) ?? 0) + 1),
    // A check lets everything come to its end.
    'CHECK-OVER': () => told.cutOff.clear(),
  }
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [word, ...words] = line.split(' ')
    if (Object.hasOwn(hear, word)) hear[word](...words)
  }
  return told
}
