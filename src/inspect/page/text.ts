/**
 * What tasks say, made fit to be read: everything of theirs is hostile. Characters that are not seen (controls, those that
 * turn the direction of a text round, those without width) are shown by their numbers, so nothing hides or poses.
 */
export interface Piece {
  readonly text: string
  /** It stands for a character that cannot be seen. */
  readonly hidden: boolean
}

const HIDDEN =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff]|\u034f|\u17b4|\u17b5|\p{Co}|[\u{e0000}-\u{e0fff}]/gu

/** Pieces in their order; `multiline` leaves line ends and tabs as they are. Bounded by who gives the text. */
export function piecesOf(text: string, multiline = false): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const match of text.matchAll(HIDDEN)) {
    const [char] = match
    if (multiline && (char === '\n' || char === '\t')) continue
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), hidden: false })
    pieces.push({ text: nameOf(char), hidden: true })
    from = match.index + char.length
  }
  if (from < text.length) pieces.push({ text: text.slice(from), hidden: false })
  return pieces
}

/** The same as one text, for places that hold text alone. */
export function plain(text: string, most = 200): string {
  return piecesOf(cut(text, most))
    .map((piece) => piece.text)
    .join('')
}

/** At most so many characters, and never half of one. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const last = text.charCodeAt(most - 1)
  return `${text.slice(0, last >= 0xd800 && last < 0xdc00 ? most - 1 : most)}…`
}

function nameOf(char: string): string {
  return `U+${(char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}`
}
