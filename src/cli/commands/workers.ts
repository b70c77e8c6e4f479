import type { Command } from 'commander'
import { act } from '../shell.js'
import { table } from '../table.js'
import { whenOf } from '../words.js'

export function workersCommand(program: Command): void {
  program
    .command('workers')
    .description('processors elsewhere: what they ask for, and which are gone')
    .action(
      act(async (shell) => {
        const { terminal, signal } = shell
        const client = await shell.daemon()
        terminal.answer(await client.leases.workers({ signal }), (workers) => {
          if (workers.length === 0) return 'no workers have asked for tasks since the start'
          return table(terminal, workers, [
            { title: 'WORKER', of: ({ worker }) => worker, least: 8 },
            {
              title: 'STATE',
              of: ({ state }) => state,
              style: (text, { state }) => (state === 'gone' ? terminal.colors.red(text) : text),
            },
            { title: 'LEASES', of: ({ leases }) => leases, align: 'right' },
            { title: 'SEEN', of: ({ seenAt }) => whenOf(seenAt) },
            { title: 'KINDS', of: ({ kinds }) => kinds.join(', '), least: 8 },
          ])
        })
      }),
    )
}
