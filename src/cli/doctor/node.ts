import { getHeapStatistics } from 'node:v8'
import { ownPackage } from '../../model/own-package.js'
import { adviceOf, floorOf, isOlder } from '../node-floor.js'
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
  const floor = floorOf(range)
  const says = `Node ${version}, ${arch}, a heap of at most ${bytesOf(heapBytes)}`
  if (isOlder(version, floor)) {
    return [node.fault(`${says}: older than ${floor}, which holdfast needs`, adviceOf(floor))]
  }
  if (!NARROW.has(arch)) return [node.ok(says)]
  return [
    node.note(`${says}: a 32-bit system`, 'Official builds of Node for it end with 22: plan for a 64-bit system.'),
  ]
}
