import type { Command } from 'commander'
import { HoldfastError } from '../../model/errors.js'
import type { KindView } from '../../runtime/kind-control.js'
import { act } from '../shell.js'
import { facts, table } from '../table.js'
import { plain, type Terminal } from '../terminal.js'

export function kindsCommand(program: Command): void {
  const kinds = program.command('kinds').description('the kinds of tasks, and their settings')
  kinds
    .command('ls', { isDefault: true })
    .description('list them')
    .action(
      act(async (shell) => {
        const client = await shell.daemon()
        shell.terminal.answer(await client.kinds.list({ signal: shell.signal }), (all) =>
          kindsText(shell.terminal, all),
        )
      }),
    )
  kinds
    .command('show')
    .argument('<kind>')
    .description('one of them, with its settings')
    .action(
      act<object, [string]>(async (shell, name) => {
        const client = await shell.daemon()
        shell.terminal.answer(await client.kinds.get(name, { signal: shell.signal }), (kind) =>
          kindText(shell.terminal, kind),
        )
      }),
    )
  kinds
    .command('set')
    .argument('<kind>')
    .argument('<setting...>', 'name=value; the value is JSON or a text, and null takes the setting away')
    .description('change settings; runs that begin from now on see them')
    .action(
      act<object, [string, string[]]>(async (shell, name, given) => {
        const client = await shell.daemon()
        const changed = await client.kinds.set(name, patchOf(given), { signal: shell.signal })
        shell.terminal.answer(changed, (kind) => kindText(shell.terminal, kind))
      }),
    )
  for (const [verb, says, done] of [
    ['retire', 'take no new tasks of a kind; those that are there go on', 'retired'],
    ['restore', 'take new tasks of a retired kind again', 'restored'],
  ] as const) {
    kinds
      .command(verb)
      .argument('<kind>')
      .description(says)
      .action(
        act<object, [string]>(async (shell, name) => {
          const client = await shell.daemon()
          const kind = await client.kinds[verb](name, { signal: shell.signal })
          shell.terminal.answer(kind, () => `kind ${kind.name} ${done}`)
        }),
      )
  }
}

/** @throws ERR_USAGE */
function patchOf(given: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    given.map((each) => {
      const at = each.indexOf('=')
      if (at < 1) throw new HoldfastError('ERR_USAGE', `'${each}' is no setting`, { hint: 'name=value: every=10m' })
      return [each.slice(0, at), settingOf(each.slice(at + 1))]
    }),
  )
}

function settingOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function kindsText(terminal: Terminal, kinds: readonly KindView[]): string {
  if (kinds.length === 0) return 'no kinds: the config has no tasks'
  return table(terminal, kinds, [
    { title: 'KIND', of: ({ name }) => name, least: 8 },
    { title: 'PROCESSOR', of: ({ processor }) => processor },
    { title: 'VERSION', of: ({ version }) => version, align: 'right' },
    { title: 'ROUTE', of: ({ route }) => route, least: 7 },
    { title: 'HELD BY', of: ({ held, retired }) => [...(retired ? ['retired'] : []), ...held].join(', '), least: 8 },
    { title: 'SETTINGS', of: ({ settings }) => textOf(settings), least: 10 },
  ])
}

function textOf(settings: object): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
}

function kindText(terminal: Terminal, kind: KindView): string {
  return facts(terminal, [
    ['kind', plain(kind.name)],
    ['once called', kind.aliases.map(plain).join(', ')],
    ['processor', kind.processor],
    ['version', kind.version],
    ['route', plain(kind.route)],
    ['retired', kind.retired ? 'yes: it takes no new tasks' : undefined],
    ['held by', kind.held.map(plain).join(', ')],
    [
      'settings',
      Object.entries(kind.settings)
        .map(([name, value]) => plain(`${name}=${JSON.stringify(value)}`))
        .join('\n'),
    ],
    ['wrong', kind.settingsError && terminal.colors.red(plain(kind.settingsError))],
  ])
}
