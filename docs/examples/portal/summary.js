/** One line for a person: redrawn in place on a terminal, a line for each change elsewhere, silence when idle. */
const GATHER_MS = 200

export function summary(describe, out = process.stdout) {
  let shown = ''
  let gathering

  function draw() {
    gathering = undefined
    const line = describe()
    // On a terminal the log may have cleared it meanwhile.
    if (line === shown && !out.isTTY) return
    shown = line
    out.write(out.isTTY ? `\r\x1b[K${fitting(line)}` : `${line}\n`)
  }

  /** A line that wraps could not be redrawn. */
  const fitting = (line) => line.slice(0, (out.columns || 80) - 1)

  return {
    /** Something changed: what changes within a moment is shown at once. */
    changed() {
      gathering ??= setTimeout(draw, GATHER_MS)
    },
    /** A line that stays. */
    say(line) {
      out.write(out.isTTY ? `\r\x1b[K${line}\n${fitting(shown)}` : `${line}\n`)
    },
    close() {
      clearTimeout(gathering)
      draw()
      if (out.isTTY) out.write('\n')
    },
  }
}
