/** Files of one JSON value a line. They are appended to without a rename, so a cut may tear the last line. */
import { appendFile, readFile } from 'node:fs/promises'

/** The values of a file's whole lines, in their order; none if there is no such file. */
export async function readLines(path) {
  const values = []
  for (const line of (await textOf(path)).split('\n')) {
    try {
      values.push(JSON.parse(line))
    } catch {
      // Empty, or torn.
    }
  }
  return values
}

/** What a cut tore becomes a line of its own, so that the next one is whole. */
export async function mendLines(path) {
  const text = await textOf(path)
  if (text !== '' && !text.endsWith('\n')) await appendFile(path, '\n')
}

/** Gives the line to the system, and with `flush` to the disk. */
export const appendLine = (path, value, { flush = false } = {}) =>
  appendFile(path, `${JSON.stringify(value)}\n`, { flush })

async function textOf(path) {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return ''
    throw error
  }
}
