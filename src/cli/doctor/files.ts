import { join } from 'node:path'
import { assertReadable, FORMAT, readMark } from '../../store/format.js'
import { type StoreReport, verify } from '../../store/verify.js'
import { Progress } from '../progress.js'
import { bytesOf, counted } from '../words.js'
import { type Finding, Findings } from './finding.js'
import type { Place } from './place.js'
import { may, READABLE } from './reach.js'
import { shellWord } from './shell-word.js'

/** What a start checks too: a second or two on a Pi. */
const NEWEST_BYTES = 64 * 1024 * 1024
/** The others are counted. */
const SHOWN = 5

const files = new Findings('files')

/** The files of the store: their format, their checksums, and what was put aside. Nothing is changed. */
export async function filesCheck({ path, deep }: Place): Promise<Finding[]> {
  // Why it cannot be read, others say.
  if (path === undefined || !(await may(path, READABLE))) return []
  assertReadable(await readMark(path), FORMAT, path)
  const progress = new Progress('files')
  try {
    const checksumBytes = deep ? Number.POSITIVE_INFINITY : NEWEST_BYTES
    const report = await verify({ path, checksumBytes, onProgress: (done, total) => progress.at(done, total) })
    return [...state(report, deep), ...kept(report)]
  } finally {
    progress.end()
  }
}

function state({ state, damage, files: count, bytes, format, holder }: StoreReport, deep: boolean): Finding[] {
  if (state === 'none') return []
  if (state === 'unfinished') {
    return [
      files.warning('a power cut stopped a repair or a restore', 'The next start goes on with it: start the daemon.'),
    ]
  }
  if (state === 'damaged') {
    const advice = holder === undefined ? MEND : `Stop the daemon. ${MEND}`
    const more = damage.length > SHOWN ? [files.fault(`${damage.length - SHOWN} more files are damaged`, advice)] : []
    return [...damage.slice(0, SHOWN).map(({ file, reason }) => files.fault(`${file} ${reason}`, advice)), ...more]
  }
  const all = deep || bytes <= NEWEST_BYTES
  const looked = all ? 'no damage' : `no damage in the newest ${bytesOf(NEWEST_BYTES)}; \`--deep\` reads all`
  return [files.ok(`format ${format}, ${bytesOf(bytes)} in ${counted(count, 'file')}, ${looked}`)]
}

const MEND = '`holdfast repair` checks all of it and says what was lost; the damaged files stay beside it.'

function kept({ path, kept }: StoreReport): Finding[] {
  return kept.map(({ name, bytes }) =>
    files.note(
      `${name} was put aside and takes ${bytesOf(bytes)}`,
      `When all you miss is found: \`rm -r ${shellWord(join(path, name))}\`.`,
    ),
  )
}
