import type { Command } from 'commander'
import type { GateView } from '../../runtime/gates/gates.js'
import { listed } from '../live.js'
import { act } from '../shell.js'
import { table } from '../table.js'
import type { Terminal } from '../terminal.js'
import { whenOf } from '../words.js'

export function gatesCommand(program: Command): void {
  program
    .command('gates')
    .description('the gates: whether they are open, since when, and why not')
    .option('--watch', 'draw it anew as it changes, until Ctrl-C')
    .action(
      act<{ watch?: boolean }, []>((shell) =>
        listed(shell, (client) => client.gates.list({ signal: shell.signal }), gatesText),
      ),
    )
}

function gatesText(terminal: Terminal, gates: readonly GateView[]): string {
  if (gates.length === 0) return 'no gates'
  const { colors } = terminal
  const styles = {
    open: colors.green,
    wavering: colors.yellow,
    closed: colors.red,
    asking: colors.cyan,
    asleep: colors.dim,
  }
  return table(terminal, gates, [
    { title: 'GATE', of: ({ name }) => name, least: 8 },
    { title: 'STATE', of: ({ state }) => state, style: (text, { state }) => styles[state](text) },
    { title: 'SINCE', of: ({ since }) => whenOf(since) },
    { title: 'CHANGES', of: ({ changes, flapping }) => `${changes}${flapping ? ', flapping' : ''}`, align: 'right' },
    { title: 'FOR', of: ({ routes, kinds }) => [...routes, ...kinds].join(', '), least: 8 },
    { title: 'WHY', of: ({ reason }) => reason, least: 10 },
  ])
}
