// A .cpuprofile of V8 as a tree of frames with their times. What waits is left out.

/** Where a function lives: a room of the house, a library, or what V8 does by itself. */
export function roomOf({ functionName, url }) {
  if (functionName === '(garbage collector)') return 'garbage collection'
  if (url === '') return functionName === '(program)' ? 'native code' : 'V8 itself'
  if (url.startsWith('node:')) return 'Node itself'
  const [, library] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(url) ?? []
  if (library) return /level/.test(library) ? 'classic-level, abstract-level' : library
  const [, room] = /\/dist\/(?:src\/)?([^/]+)\//.exec(url) ?? []
  if (room) return room
  return url.includes('/test/bench/') ? 'the benchmark' : 'elsewhere'
}

const MS = 1000

/** `{ name, room, place, selfMs, totalMs, children }`, the calls of one function from one place being one frame. */
export function treeOf({ nodes, samples, timeDeltas }) {
  const self = new Map()
  for (const [n, id] of samples.entries()) self.set(id, (self.get(id) ?? 0) + timeDeltas[n] / MS)
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const frame = ({ functionName, url, lineNumber }) => ({
    name: functionName || '(anonymous)',
    place: url && `${url.replace(/^.*?\/(?=dist\/|node_modules\/|test\/)/, '')}:${lineNumber + 1}`,
    room: roomOf({ functionName, url }),
  })
  const merged = (same) => {
    const below = new Map()
    const ids = same.flatMap(({ children = [] }) => children)
    for (const child of ids.map((id) => byId.get(id))) {
      const { functionName, url, lineNumber } = child.callFrame
      if (functionName === '(idle)') continue
      const key = `${functionName} ${url} ${lineNumber}`
      below.set(key, [...(below.get(key) ?? []), child])
    }
    const children = [...below.values()].map(merged)
    const selfMs = same.reduce((sum, { id }) => sum + (self.get(id) ?? 0), 0)
    const totalMs = children.reduce((sum, child) => sum + child.totalMs, selfMs)
    return { ...frame(same[0].callFrame), selfMs, totalMs, children }
  }
  return merged([nodes[0]])
}

/** Self time by what `nameOf` gives of each frame, the most first: `[name, ms]`. */
export function selfBy(tree, nameOf) {
  const sums = new Map()
  const add = (frame) => {
    if (frame.selfMs > 0) sums.set(nameOf(frame), (sums.get(nameOf(frame)) ?? 0) + frame.selfMs)
    for (const child of frame.children) add(child)
  }
  add(tree)
  return [...sums].sort(([, a], [, b]) => b - a)
}
