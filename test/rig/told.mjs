/** What the witness was told, put in order: the claims that the disk must bear out. */
import { readFileSync } from 'node:fs'

export function readTold(path) {
  const told = { batches: [], acked: new Set(), ended: new Map(), runs: new Map(), acts: new Map() }
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [word, ...words] = line.split(' ')
    const [id, more] = words
    if (word === 'TRY') told.batches.push(words)
    else if (word === 'ACK') told.acked.add(id)
    else if (word === 'END') told.ended.set(id, more)
    else if (word === 'RUN') told.runs.set(id, [...(told.runs.get(id) ?? []), Number(more)])
    else if (word === 'ACT') told.acts.set(id, (told.acts.get(id) ?? 0) + 1)
  }
  return told
}
