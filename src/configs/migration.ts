/** A step from one version of a file to the next, as data: states of another name, another context, actors that go. */
import type { StoredSnapshot } from '../kernel/refit.js'
import { nearest } from '../model/nearest.js'
import type { Migration } from '../runtime/versions.js'
import { DataReader } from './data.js'
import type { Findings, Path } from './finding.js'
import { checkReads } from './reads.js'
import { pathsOf, renamed, STATE_PATH, stateOf } from './state-paths.js'
import { membersOf, type StateNode, type StateTree } from './targets.js'

type Members = Readonly<Record<string, unknown>>

/** What a step can do; the source of the schema and of docs/reference/machines-in-json.md. */
export const STEPS = {
  rename: {
    says: 'states by their paths; what stands in one goes along, with what it invokes and what is remembered of it',
    example: { waiting: 'inside', 'work.first': 'work.begun' },
  },
  assign: {
    says: 'sets members of the context; expressions read `context`, as it was, and `input`',
    example: { count: { $: 'size(context.seen)' } },
  },
  drop: { says: 'members of the context that go', example: ['seen'] },
  stop: { says: 'actors that go, by their ids; what a state invokes begins anew', example: ['camera'] },
} as const

/** A version that a step leads from or to. */
export interface Side {
  readonly version: number
  /** The id of its machine, with which those of its states begin. */
  readonly id: string
  /** Its states, when its file is there. */
  readonly tree: StateTree | undefined
  /** What it keeps of the input in its context, when it does. */
  readonly kept: ((input: unknown) => Members) | undefined
}

const A_PATH = new RegExp(STATE_PATH, 'u')
/** The invoke of a state without an id: its number, and the id of the state. */
const BY_PLACE = /^(\d+\.)(.*)$/s

/** A step of `file`, the newest one; what is wrong in it becomes findings. */
export function migrationOf(file: Members, from: Side, to: Side, findings: Findings): Migration {
  const at: Path = ['migrate', String(from.version)]
  const { rename, assign, drop, stop } = membersOf(membersOf(file.migrate)[from.version])
  const names = new Map<string, string>()
  for (const [path, target] of Object.entries(membersOf(rename) as Readonly<Record<string, string>>)) {
    // What does not look like a path was found already.
    if (![path, target].every((each) => typeof each === 'string' && A_PATH.test(each))) continue
    names.set(path, target)
    checkState(path, from, [...at, 'rename', path], findings)
    const node = checkState(target, to, [...at, 'rename', path], findings)
    if (node) checkTarget(node, target, to, [...at, 'rename', path], findings)
  }
  const dropped = namesIn(drop)
  const stopped = namesIn(stop)
  const given = membersOf(assign)
  for (const name of Object.keys(given)) {
    if (dropped.has(name)) findings.error([...at, 'assign', name], 'is dropped by the same step', undefined, true)
  }
  const reader = new DataReader(findings)
  const data = reader.data(given, [...at, 'assign'], ['context', 'input'])
  // What an earlier version had in its context is known to nobody here.
  const reads = reader.reads.filter(({ root }) => root === 'input')
  checkReads(file, reads, new Set(), false, findings)

  const idOf = (id: string): string => {
    if (id === from.id) return to.id
    const before = `${from.id}.`
    return id.startsWith(before) ? `${to.id}.${renamed(id.slice(before.length), names)}` : id
  }
  return ({ value, context, historyValue, children, ...rest }, input) => {
    const made = data.of({ context, event: null, settings: null, input: input ?? null }) as Members
    const left = Object.entries(context).filter(([name]) => !dropped.has(name))
    return {
      ...rest,
      value: stateOf(pathsOf(value).map((path) => renamed(path, names))),
      context: { ...to.kept?.(input), ...Object.fromEntries(left), ...made },
      historyValue: Object.fromEntries(
        Object.entries(historyValue ?? {}).map(([id, states]) => [
          idOf(id),
          (states as readonly { id: string }[]).map((state) => ({ ...state, id: idOf(state.id) })),
        ]),
      ),
      children: childrenOf(children, stopped, idOf),
    }
  }
}

function childrenOf(
  children: StoredSnapshot['children'] = {},
  stopped: ReadonlySet<string>,
  idOf: (id: string) => string,
): NonNullable<StoredSnapshot['children']> {
  const kept = Object.entries(children).filter(([id]) => !stopped.has(id))
  return Object.fromEntries(
    kept.map(([id, child]) => {
      const [, number, state] = BY_PLACE.exec(id) ?? []
      return [number === undefined ? id : number + idOf(state as string), child]
    }),
  )
}

/** The state at a path, where the file is there to ask. */
function checkState(path: string, side: Side, at: Path, findings: Findings): StateNode | undefined {
  const { tree, version } = side
  const node = tree?.at(path)
  if (!tree || node) return node
  const known = tree.paths()
  const near = nearest(path, known)
  const hint = near === undefined ? `States there: ${known.slice(0, 20).join(', ')}.` : `Did you mean '${near}'?`
  findings.error(at, `names '${path}', which is no state of version ${version}`, hint)
  return undefined
}

/** XState enters what it restores without what an entry brings about. */
function checkTarget({ value, parent }: StateNode, path: string, to: Side, at: Path, findings: Findings): void {
  if (value.type === 'history')
    findings.error(at, `leads to '${path}', which is a history`, 'Name the state that it stands for.')
  if (value.type === 'final' && parent === to.tree?.root && parent?.value.type !== 'parallel') {
    const hint = 'A step cannot end a task: lead it to a state that does.'
    findings.error(at, `leads to '${path}', with which the machine ends`, hint)
  }
}

const namesIn = (list: unknown): ReadonlySet<string> =>
  new Set(Array.isArray(list) ? list.filter((each) => typeof each === 'string') : [])
