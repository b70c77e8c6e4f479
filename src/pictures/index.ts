/** holdfast/pictures: machines as pictures and as text, for whoever makes pages of them. */
export { definitionOf, type NamedPart, type StateView, type TransitionView } from '../runtime/machine-view.js'
export { configOf, type StateConfig, statelyOf } from './config.js'
export { activeStates, type Lights } from './lights.js'
export { type Mark, marksOf } from './marks.js'
export { mermaidOf } from './mermaid.js'
export { STYLE } from './style.js'
export { svgOf } from './svg.js'
