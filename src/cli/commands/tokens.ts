import { type Command, Option } from 'commander'
import type { Scope } from '../../runtime/tokens.js'
import { act } from '../shell.js'
import { table } from '../table.js'
import { whenOf } from '../words.js'

export function tokensCommand(program: Command): void {
  const tokens = program.command('tokens').description('who may come in over TCP')
  tokens
    .command('ls', { isDefault: true })
    .description('list them, without their secrets')
    .action(
      act(async (shell) => {
        const { terminal, signal } = shell
        const client = await shell.daemon()
        terminal.answer(await client.tokens.list({ signal }), (all) => {
          if (all.length === 0) return 'no tokens'
          return table(terminal, all, [
            { title: 'ID', of: ({ id }) => id },
            { title: 'NAME', of: ({ name }) => name, least: 8 },
            { title: 'SCOPE', of: ({ scope }) => scope },
            { title: 'MADE', of: ({ createdAt }) => whenOf(createdAt) },
          ])
        })
      }),
    )
  tokens
    .command('create')
    .argument('<name>', 'whose it is')
    .addOption(
      new Option('--scope <scope>', 'read sees, write makes and changes tasks, admin does everything')
        .choices(['read', 'write', 'admin'])
        .default('read'),
    )
    .description('make a token: it is printed this once, and never again')
    .action(
      act<{ scope: Scope }, [string]>(async (shell, name) => {
        const { terminal, options, signal } = shell
        const client = await shell.daemon()
        const made = await client.tokens.create({ name, scope: options.scope }, { signal })
        terminal.answer(made, ({ token }) => token)
        if (!terminal.json) terminal.note(`keep it: only its hash is stored; holdfast tokens revoke ${made.id} ends it`)
      }),
    )
  tokens
    .command('revoke')
    .argument('<id>')
    .description('from now on it is refused')
    .action(
      act<object, [string]>(async (shell, id) => {
        const client = await shell.daemon()
        await client.tokens.revoke(id, { signal: shell.signal })
        shell.terminal.answer({ id, revoked: true }, () => `token ${id} revoked`)
      }),
    )
}
