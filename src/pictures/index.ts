/** holdfast/pictures: machines as pictures and as text, for whoever makes pages of them. */
export { definitionOf, type NamedPart, type StateView, type TransitionView } from '../runtime/machine-view.js'
export { configOf, type StateConfig, statelyOf } from './config.js'
export { mermaidOf } from './mermaid.js'
export { svgOf } from './svg.js'
