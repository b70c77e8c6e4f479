/** The states that a machine is in, as paths from its root: XState nests what a file calls `work.first`. */

/** What such a path looks like. */
export const STATE_PATH = '^[^.#]{1,200}([.][^.#]{1,200})*$'

/** The innermost states of a value of XState: `{ work: 'first' }` is `['work.first']`. */
export function pathsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return Object.entries(value as object).flatMap(([key, within]) => {
    const paths = pathsOf(within)
    return paths.length === 0 ? [key] : paths.map((path) => `${key}.${path}`)
  })
}

type Tree = Map<string, Tree>

/** The value that has these innermost states. */
export function stateOf(paths: readonly string[]): unknown {
  const root: Tree = new Map()
  for (const path of paths) {
    let at = root
    for (const key of path.split('.')) {
      const next: Tree = at.get(key) ?? new Map()
      at.set(key, next)
      at = next
    }
  }
  return nested(root)
}

function nested(tree: Tree): unknown {
  const [[only, within] = []] = tree
  if (tree.size === 1 && within?.size === 0) return only
  return Object.fromEntries([...tree].map(([key, below]) => [key, nested(below)]))
}

/** Where a state is after some have other names: the longest path that was renamed takes along what stands in it. */
export function renamed(path: string, names: ReadonlyMap<string, string>): string {
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const name = names.get(path.slice(0, end))
    if (name !== undefined) return name + path.slice(end)
  }
  return path
}
