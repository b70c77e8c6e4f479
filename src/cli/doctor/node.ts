import { getHeapStatistics } from 'node:v8'
import { ownPackage } from '../../model/own-package.js'
import { bytesOf } from '../words.js'
import { type Finding, Findings } from './finding.js'

export interface NodeFacts {
  readonly version: string
  readonly arch: string
  readonly heapBytes: number
}

/** V8 has 4-byte pointers there, and its heap ends at 2 GB at most. */
const NARROW = new Set(['arm', 'ia32', 'mips', 'mipsel', 'ppc', 's390'])

export async function nodeCheck(): Promise<Finding[]> {
  const heapBytes = getHeapStatistics().heap_size_limit
  return judged({ version: process.versions.node, arch: process.arch, heapBytes }, ownPackage().engines.node)
}

/** What is to be said of a Node, with the range (`>=20.19`) that the package asks for. */
export function judged({ version, arch, heapBytes }: NodeFacts, range: string): Finding[] {
  const node = new Findings('node')
  const floor = range.replace(/^>=/, '')
  const says = `Node ${version}, ${arch}, a heap of at most ${bytesOf(heapBytes)}`
  if (isOlder(version, floor)) {
    const advice = `Install Node ${floor} or newer: \`sudo apt install nodejs\`, or https://nodejs.org.`
    return [node.fault(`${says}: older than ${floor}, which holdfast needs`, advice)]
  }
  if (!NARROW.has(arch)) return [node.ok(says)]
  return [
    node.note(`${says}: a 32-bit system`, 'Official builds of Node for it end with 22: plan for a 64-bit system.'),
  ]
}

function isOlder(version: string, floor: string): boolean {
  const [has, needs] = [version, floor].map((text) => text.split('.').map(Number))
  for (const [i, need] of needs?.entries() ?? []) {
    const part = has?.[i] ?? 0
    if (part !== need) return part < need
  }
  return false
}
