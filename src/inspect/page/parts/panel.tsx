import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { Problem } from '../ask.js'
import { Txt } from './txt.js'

interface PanelProps {
  readonly title: string
  /** Beside the title. */
  readonly note?: ComponentChildren
  readonly actions?: ComponentChildren
  readonly class?: string
  readonly children: ComponentChildren
}

/** A part of a view under a title of its own. */
export function Panel({ title, note, actions, class: name = '', children }: PanelProps) {
  const id = useId()
  return (
    <section class={`panel ${name}`} aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id}>{title}</h2>
        {note !== undefined && <span class="note">{note}</span>}
        {actions !== undefined && <span class="actions">{actions}</span>}
      </header>
      {children}
    </section>
  )
}

/** There is nothing, and that is no fault. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>
}

/** What went wrong, with what can be done about it. */
export function Trouble({ problem }: { readonly problem: Problem }) {
  return (
    <div class="trouble" role="alert">
      <strong>
        <Txt of={problem.message} />
      </strong>
      {problem.hint !== '' && (
        <span>
          <Txt of={problem.hint} />
        </span>
      )}
      <code>{problem.code}</code>
    </div>
  )
}

/** While something is on its way; nothing moves. */
export function Waiting({ of }: { readonly of: string }) {
  return (
    <p class="empty" role="status">
      {of} …
    </p>
  )
}
