import { cp, readdir, rename, writeFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { HoldfastError } from '../../model/errors.js'
import { ownPackage } from '../../model/own-package.js'
import { act } from '../shell.js'

/** The example is the template: it is shipped with the docs, and tested as they are. */
const STARTER = fileURLToPath(new URL('../../../../docs/examples/starter', import.meta.url))

/** Until it is published: docs/releasing.md. */
const UNPUBLISHED = `While holdfast is not in the npm registry, instead of \`npm install\`:

  npm install PATH/holdfast-${ownPackage().version}.tgz   # what \`npm pack\` makes in a clone`

export function initCommand(program: Command): void {
  program
    .command('init')
    .argument('[directory]', 'where; this one unless told')
    .description('make a daemon that runs at once, to go on from')
    .action(
      act<object, [string | undefined]>(async ({ terminal }, directory = '.') => {
        const place = resolve(directory)
        await assertEmpty(place)
        await copy(place)
        const go = relative(process.cwd(), place)
        const next = [...(go === '' ? [] : [`cd ${go}`]), 'npm install', 'npx holdfast start']
        terminal.answer(
          { directory: place, next },
          () => `${place} is made. Next:\n\n  ${next.join('\n  ')}\n\n${UNPUBLISHED}`,
        )
      }),
    )
}

/** Nothing of anybody is overwritten: what a fresh `git init` or `npm init` leaves is no harm. */
async function assertEmpty(place: string): Promise<void> {
  const there = await readdir(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new HoldfastError('ERR_USAGE', `${place}: ${error.message}`, { hint: 'Name another directory.' })
  })
  const harm = there.filter((name) => name !== '.git' && name !== 'node_modules')
  if (harm.length === 0) return
  throw new HoldfastError('ERR_USAGE', `${place} is not empty: ${harm.slice(0, 3).join(', ')}`, {
    hint: 'Name a directory that is new: holdfast init my-daemon.',
  })
}

async function copy(place: string): Promise<void> {
  await cp(STARTER, place, { recursive: true, errorOnExist: true, force: false })
  // npm leaves out what is called .gitignore when it packs.
  await rename(join(place, 'gitignore'), join(place, '.gitignore'))
  const { version, peerDependencies } = ownPackage()
  const made = {
    name: nameOf(place),
    private: true,
    type: 'module',
    scripts: { start: 'holdfast start' },
    dependencies: { holdfast: `^${version}`, xstate: peerDependencies.xstate },
  }
  await writeFile(join(place, 'package.json'), `${JSON.stringify(made, null, 2)}\n`)
}

/** What npm takes as a name. */
function nameOf(place: string): string {
  const name = basename(place)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-')
    .replace(/^[._-]+/, '')
  return name === '' || name === 'holdfast' ? 'my-daemon' : name
}
