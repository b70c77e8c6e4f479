/** Pulls the plug of a machine with a door, and lets the door be found otherwise than it was left, or as it was. */
import { fileURLToPath } from 'node:url'
import { format } from './disk.mjs'
import { CUT } from './machine.mjs'
import { Witness } from './witness.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
/** One before a store is there, two in the middle of a start, the others at work. */
const WORDS = ['OPENING', 'TOLD', 'TOLD', 'OPENING', 'TOLD', 'READY', 'OPENING', 'TOLD']
const LATEST_MS = { OPENING: 400, READY: 20, TOLD: 60 }

/** Gives how many cuts were borne, and how many were not. */
export async function cuts(dist, work, Machine) {
  const [disk, witness] = [`${work}/disk.img`, new Witness(`${work}/witness`)]
  format(disk, 'ext4', 64)
  const bad = []
  for (const [boot, word] of [...WORDS, undefined].entries()) {
    // Every other time the door is found otherwise than it was told last.
    const last = witness.lines().findLast(([said]) => said === 'TOLD')?.[1]
    const level = last && boot % 2 === 1 ? Number(last === 'close') : Math.round(Math.random())
    witness.mend(`BOOT ${boot} ${level}`)
    const command = `node ${here}gpio-house.mjs ${dist} /run/disk/store ${level}`
    const machine = new Machine({ disk, fileSystem: 'ext4', witness: witness.path, command })
    const heard = await witness.next(word ?? 'READY', machine.ended)
    const status = heard ? await machine.cutAfter(word ? Math.random() * LATEST_MS[word] : 0) : await machine.ended
    if (status !== CUT) bad.push(`boot ${boot} ended by itself: ${status} ${machine.complaint}`)
  }
  const lines = witness.lines()
  bad.push(...judge(lines))
  const away = lines.findLast(([said]) => said === 'READY')?.filter((type) => type.endsWith('!')).length ?? 0
  if (away === 0) bad.push('no change was found: the cuts prove nothing')
  for (const line of bad) console.log(`✖ ${line}`)
  if (bad.length === 0)
    console.log(`✔ ${WORDS.length} power cuts: each change of the door was told once, ${away} of them as found`)
  return [WORDS.length, bad.length]
}

/** What the tasks had heard at each start must follow from what was told before, and from how the door was found. */
function judge(lines) {
  const bad = []
  /** Told for sure; about to be told when the plug was pulled; and the level as it was known before all of that. */
  let [told, moving, first, level] = [[], undefined, undefined, '0']
  for (const [word, ...rest] of lines) {
    if (word === 'BOOT') level = rest[1]
    if (word === 'MOVE') moving = rest[0]
    if (word === 'TOLD') {
      told.push(rest[0])
      moving = undefined
    }
    if (word !== 'READY') continue
    const types = rest.map((each) => each.replace('!', ''))
    const found = level === '1' ? 'open' : 'close'
    first ??= types[0] === undefined ? found : types[0] === 'open' ? 'close' : 'open'
    const where = `${rest.join(' ') || 'nothing'} was heard, ${told.join(' ') || 'nothing'} was told`
    if (told.some((type, n) => types[n] !== type)) bad.push(`lost: ${where}`)
    if ([first, ...types].some((type, n, all) => type === all[n - 1])) bad.push(`a false change: ${where}`)
    if ((types.at(-1) ?? first) !== found) bad.push(`it is ${found}, and not known so: ${where}`)
    const more = rest.slice(told.length)
    // A move that was under way, and then what was found at one of the starts since.
    const away = more.filter((each) => each.endsWith('!')).length
    if (more.length - away > (moving ? 1 : 0)) bad.push(`more than happened: ${where}`)
    told = types
    moving = undefined
  }
  return bad
}
