/** What a command works with: the terminal, its options, and the daemon when it asks for one. */
import type { Command } from 'commander'
import type { Client } from '../client/index.js'
import { CODES, HoldfastError } from '../model/errors.js'
import { type Address, connect } from './connect.js'
import { Terminal, type TerminalOptions } from './terminal.js'

/** Options that every command takes. */
export interface GlobalOptions extends Address, TerminalOptions {}

export class Shell<Options extends object = object> {
  readonly terminal: Terminal
  readonly options: Options & GlobalOptions
  /** Aborted by Ctrl-C: what waits ends, and what is under way is left as it is. */
  readonly signal: AbortSignal
  #client: Promise<Client> | undefined

  constructor(options: Options & GlobalOptions, signal: AbortSignal) {
    this.options = options
    this.signal = signal
    this.terminal = new Terminal(options)
  }

  /** @throws ERR_NO_DAEMON, ERR_USAGE */
  daemon(): Promise<Client> {
    this.#client ??= connect(this.options)
    return this.#client
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined)
    await client?.close()
  }
}

/** Where it is said how a command is typed. */
export function helpOf(command: Command): string {
  const names: string[] = []
  for (let each: Command | null = command; each; each = each.parent) names.unshift(each.name())
  return `See \`${names.join(' ')} --help\`.`
}

/** What a command finds to be wrong with how it was typed names its own help, where it has nothing better to say. */
function helped(error: unknown, command: Command): unknown {
  const plain = error instanceof HoldfastError && error.code === 'ERR_USAGE' && error.hint === CODES.ERR_USAGE[1]
  return plain ? new HoldfastError('ERR_USAGE', error.message, { hint: helpOf(command), cause: error.cause }) : error
}

/** The work of a command as commander calls it: arguments, the command's own options, the command. */
export function act<Options extends object, Args extends unknown[]>(
  work: (shell: Shell<Options>, ...args: Args) => Promise<void>,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command
    const interrupted = new AbortController()
    const interrupt = () => interrupted.abort()
    process.once('SIGINT', interrupt)
    const shell = new Shell<Options>(command.optsWithGlobals(), interrupted.signal)
    try {
      await work(shell, ...(given.slice(0, -2) as Args))
    } catch (error) {
      if (!interrupted.signal.aborted) throw helped(error, command)
    } finally {
      process.off('SIGINT', interrupt)
      await shell.close()
    }
    // 128 + SIGINT, as shells say it.
    if (interrupted.signal.aborted) process.exitCode ||= 130
  }
}
