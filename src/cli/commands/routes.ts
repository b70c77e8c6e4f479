import type { Command } from 'commander'
import type { Client } from '../../client/index.js'
import type { RouteView } from '../../runtime/route-control.js'
import { listed } from '../live.js'
import { act } from '../shell.js'
import { table } from '../table.js'
import type { Terminal } from '../terminal.js'

export function routesCommand(program: Command): void {
  const routes = program.command('routes').description('the routes, their load, and why they start nothing')
  routes
    .command('ls', { isDefault: true })
    .description('list them')
    .option('--watch', 'draw it anew as it changes, until Ctrl-C')
    .action(
      act<{ watch?: boolean }, []>((shell) =>
        listed(shell, (client) => client.routes.list({ signal: shell.signal }), routesText),
      ),
    )
  for (const [verb, says, done] of [
    ['pause', 'start nothing more in a route until it is resumed, over restarts too', 'paused'],
    ['resume', 'let a paused route go on', 'resumed'],
  ] as const) {
    routes
      .command(verb)
      .argument('<route>')
      .description(says)
      .action(
        act<object, [string]>(async (shell, name) => {
          const client: Client = await shell.daemon()
          await client.routes[verb](name, { signal: shell.signal })
          shell.terminal.answer({ route: name, [done]: true }, () => `route ${name} ${done}`)
        }),
      )
  }
}

function routesText(terminal: Terminal, routes: readonly RouteView[]): string {
  const { colors } = terminal
  return table(terminal, routes, [
    { title: 'ROUTE', of: ({ name }) => name, least: 8 },
    { title: 'QUEUED', of: ({ queued }) => queued, align: 'right' },
    { title: 'RUNNING', of: ({ running, concurrency }) => `${running}/${concurrency}`, align: 'right' },
    { title: 'RATE', of: ({ rateLimit: rate }) => rate && `${rate.limit}/${rate.perMs / 1000}s` },
    { title: 'HELD BY', of: ({ held }) => held.join(', '), style: (text) => colors.yellow(text), least: 8 },
  ])
}
