/** How wide a text is, by a table: a picture is made where there is no browser, and comes out the same everywhere. */

/** Widths of Helvetica from the space to `~`, in thousandths of the size of the font; Arial and Liberation have the same. */
const WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
  667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556,
  556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
] // biome-ignore format: a table
const FIRST = 32
/** From here on scripts are as wide as they are high. */
const WIDE = 0x1100
const BOLD = 1.08

/** In the unit of `size`. */
export function widthOf(text: string, size: number, bold = false): number {
  let width = 0
  for (const char of text) {
    const code = char.codePointAt(0) as number
    width += WIDTHS[code - FIRST] ?? (code >= WIDE ? 1000 : 600)
  }
  return (width / 1000) * size * (bold ? BOLD : 1)
}

/** Words on lines of at most `most`; a word that is longer has a line of its own, and one beyond all measure is cut. */
export function wrapped(text: string, most: number, size: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && widthOf(`${line} ${word}`, size) <= most) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(cut(word))
  }
  return lines
}

const LONGEST = 60

/** A name as long as it is drawn. */
export function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}
