import { cut, piecesOf } from '../text.js'

interface TxtProps {
  /** Anything that a task may have said. */
  readonly of: unknown
  /** More characters are left out. */
  readonly most?: number
  readonly multiline?: boolean
}

/** A text of somebody else: its direction stays within it, what cannot be seen is shown by its number. */
export function Txt({ of, most = 300, multiline = false }: TxtProps) {
  const text = typeof of === 'string' ? of : String(of)
  return (
    <bdi class="txt">
      {piecesOf(cut(text, most), multiline).map(({ text, hidden }) =>
        hidden ? (
          <span class="hidden-char" title="a character that cannot be seen">
            {text}
          </span>
        ) : (
          text
        ),
      )}
    </bdi>
  )
}
