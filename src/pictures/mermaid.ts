/** A statechart as a Mermaid state diagram, which GitHub and many editors draw. */
import type { StateView } from '../runtime/machine-view.js'
import { type ChartState, chartOf, labelOf } from './chart.js'

/** @example mermaidOf((await runtime.machines.get('visit')).definition) */
export function mermaidOf(machine: StateView): string {
  const root = chartOf(machine, true)
  return ['stateDiagram-v2', ...statesIn(root, '  '), ...arrowsIn(root)].join('\n')
}

/** Mermaid takes letters, digits and underscores as an id; everything else of a name goes into its label. */
const idOf = ({ path }: ChartState) => path.map((part) => part.replace(/[^A-Za-z0-9]/g, '_')).join('__')
/** A colon or a semicolon would end the label of an arrow, a number sign begin an entity, a line a statement. */
const plain = (text: string) => text.replace(/[:;#\r\n]/g, ' ')
const title = (text: string) => plain(text).replaceAll('"', "'")

function statesIn(parent: ChartState, indent: string): string[] {
  const states = parent.states.flatMap((state) => {
    const id = idOf(state)
    const head = `${indent}state "${title(state.key)}" as ${id}`
    const drawn = state.states.length > 0 ? [`${head} {`, ...statesIn(state, `${indent}  `), `${indent}}`] : [head]
    return [...drawn, ...inside(state, id, indent)]
  })
  return [...states, ...(parent.initial ? [`${indent}[*] --> ${idOf(parent.initial)}`] : [])]
}

/** Mermaid lets a nested state have no lines of its own: they become a note. */
function inside({ states, lines }: ChartState, id: string, indent: string): string[] {
  if (states.length === 0) return lines.map((line) => `${indent}${id} : ${plain(line)}`)
  if (lines.length === 0) return []
  return [`${indent}note right of ${id}`, ...lines.map((line) => `${indent}  ${plain(line)}`), `${indent}end note`]
}

function arrowsIn(parent: ChartState): string[] {
  return parent.states.flatMap((state) => [
    ...state.arrows.map((arrow) => `  ${idOf(state)} --> ${idOf(arrow.to)} : ${plain(labelOf(arrow))}`),
    ...(state.type === 'final' ? [`  ${idOf(state)} --> [*]`] : []),
    ...arrowsIn(state),
  ])
}
