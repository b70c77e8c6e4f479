/** What is given on a command line: JSON as it stands there, in a file (`@file`), or on stdin (`-`). */
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { InvalidArgumentError } from 'commander'
import { HoldfastError } from '../model/errors.js'

/** @throws ERR_USAGE when it is no JSON, or no file */
export async function jsonGiven(given: string | undefined, what: string): Promise<unknown> {
  if (given === undefined) return undefined
  const read = given === '-' ? await text(process.stdin) : given.startsWith('@') ? await file(given.slice(1)) : given
  return parsed(read, what)
}

/** The lines of stdin, each a JSON value; empty ones are passed over. */
export async function* jsonLines(what: string): AsyncGenerator<unknown> {
  let line = 0
  for await (const each of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    if (each.trim() !== '') yield parsed(each, `${what} on line ${line}`)
  }
}

/** For options: a whole number. */
export function wholeNumber(given: string): number {
  if (/^\d{1,15}$/.test(given)) return Number(given)
  throw new InvalidArgumentError('It has to be a whole number.')
}

/** For arguments: a number. */
export function aNumber(given: string): number {
  if (given.trim() !== '' && Number.isFinite(Number(given))) return Number(given)
  throw new InvalidArgumentError('It has to be a number.')
}

/** What was said of some options: those that nobody gave are not there. */
export function stated<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options
}

/** For options that may be given several times. */
export function collected(given: string, before: readonly string[] = []): string[] {
  return [...before, given]
}

function parsed(json: string, what: string): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    const hint = `Quote it for the shell: '{"file":"a.jpg"}', or use @FILE or - for stdin. A text needs quotes too: '"a.jpg"'.`
    throw new HoldfastError('ERR_USAGE', `${what} is not JSON: ${(cause as Error).message}`, { hint })
  }
}

async function file(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new HoldfastError('ERR_USAGE', `${path} cannot be read: ${(cause as Error).message}`, {
      hint: '@FILE reads JSON from that file.',
    })
  }
}
