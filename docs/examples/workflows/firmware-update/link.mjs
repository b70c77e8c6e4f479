/** Actors that read and switch a link in one folder. What they do, they may do twice. */
import { open, readlink, rename, rm, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fromPromise } from 'xstate'

const NAME = { type: 'string', pattern: '^[0-9A-Za-z][0-9A-Za-z._-]*$' }

export function linkActors(folder) {
  const read = fromPromise(({ input: { link } }) =>
    readlink(join(folder, basename(link))).catch((error) => {
      if (error.code === 'ENOENT') return null
      throw error
    }),
  )
  // A link with its new target gets the name of the old one: who looks sees one of the two, and so does the next boot.
  const turn = fromPromise(async ({ input: { link, to } }) => {
    const at = join(folder, basename(link))
    if (to === null) await rm(at, { force: true })
    else {
      await rm(`${at}.new`, { force: true })
      await symlink(to, `${at}.new`)
      await rename(`${at}.new`, at)
    }
    const directory = await open(folder)
    await directory.sync().finally(() => directory.close())
  })
  const schema = (properties, required) => ({ type: 'object', properties, required, additionalProperties: false })
  return {
    'link.read': { logic: read, input: schema({ link: NAME }, ['link']) },
    'link.switch': {
      logic: turn,
      input: schema({ link: NAME, to: { anyOf: [NAME, { type: 'null' }] } }, ['link', 'to']),
    },
  }
}
