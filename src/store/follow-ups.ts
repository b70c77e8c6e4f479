/** From format 1 to 2: the tasks that other tasks led to get the keys by which they are found. */
import { followUpKey, idOf, RECORD_CLASSES, rangeOf } from '../model/keys.js'
import { causeIn } from '../model/record.js'
import type { Database } from './level.js'
import { LevelReader } from './level-reader.js'

/** Done twice, it writes the same. What cannot be read has no cause. */
export async function indexFollowUps(database: Database, location: string): Promise<void> {
  const reader = new LevelReader(location, () => database)
  for (const kind of [...RECORD_CLASSES, 'quarantine'] as const) {
    for await (const page of reader.scan(rangeOf(kind))) {
      const writes = database.batch()
      for (const [key, text] of page) {
        const cause = causeIn(kind === 'quarantine' ? setAside(text) : text)
        if (cause !== undefined) writes.put(followUpKey(cause, idOf(key)), '')
      }
      await writes.write({ sync: false })
    }
  }
}

/** The record in a note of the quarantine. */
function setAside(text: string): string {
  try {
    const { record } = JSON.parse(text) as { record?: unknown }
    return typeof record === 'string' ? record : ''
  } catch {
    return ''
  }
}
