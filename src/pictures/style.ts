/** How a picture looks: a page that draws statecharts of its own takes the same. */
import { TEXT, TITLE } from './layout.js'

export const STYLE = `
.holdfast-chart { --ink: #1f2328; --paper: #ffffff; --box: #f6f8fa; --line: #59636e; --accent: #0969da; --warm: #d4620f;
  font-family: Helvetica, Arial, 'Liberation Sans', sans-serif; font-size: ${TEXT}px; }
@media (prefers-color-scheme: dark) {
  .holdfast-chart { --ink: #e6edf3; --paper: #0d1117; --box: #161b22; --line: #9198a1; --accent: #4493f8; --warm: #f0883e; } }
.holdfast-chart text { fill: var(--holdfast-ink, var(--ink)); }
.holdfast-chart .paper { fill: var(--holdfast-paper, var(--paper)); }
.holdfast-chart .state { fill: var(--holdfast-box, var(--box)); stroke: var(--holdfast-line, var(--line)); }
.holdfast-chart .around { fill: none; stroke: var(--holdfast-line, var(--line)); }
.holdfast-chart .border { fill: none; stroke: var(--holdfast-line, var(--line)); stroke-dasharray: 5 4; }
.holdfast-chart .title { font-size: ${TITLE}px; font-weight: 600; }
.holdfast-chart .arrow { fill: none; stroke: var(--holdfast-line, var(--line)); stroke-width: 1.3; }
.holdfast-chart .head, .holdfast-chart .dot { fill: var(--holdfast-line, var(--line)); }
.holdfast-chart .head { fill: context-stroke; }
.holdfast-chart .label { fill: var(--holdfast-accent, var(--accent)); text-anchor: middle;
  paint-order: stroke; stroke: var(--holdfast-paper, var(--paper)); stroke-width: 4px; stroke-linejoin: round; }
.holdfast-chart .within, .holdfast-chart .active { stroke: var(--holdfast-accent, var(--accent)); }
.holdfast-chart .active { stroke-width: 2.5; fill: color-mix(in srgb, var(--holdfast-accent, var(--accent)) 14%,
  var(--holdfast-paper, var(--paper))); }
.holdfast-chart .arrow.next { stroke: var(--holdfast-accent, var(--accent)); stroke-width: 1.8; }
.holdfast-chart .label.next { font-weight: 600; }
.holdfast-chart .heat { fill: var(--holdfast-warm, var(--warm)); }
.holdfast-chart .count { fill: var(--holdfast-accent, var(--accent)); }
.holdfast-chart .number { fill: var(--holdfast-paper, var(--paper)); font-weight: 600; text-anchor: middle; }
`.trim()
