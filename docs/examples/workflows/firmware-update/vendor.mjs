/**
 * Who makes the firmware, and the firmware itself as it would run on the board: `node vendor.mjs FOLDER`. Versions with
 * `bad` in their names never get well, those with `torn` arrive damaged.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { keyedServer } from '../keyed-server.mjs'

/** A version as it is released. */
export function releaseOf(version) {
  const image = Buffer.from(JSON.stringify({ version, healthy: !version.includes('bad') }))
  const sha256 = createHash('sha256').update(image).digest('hex')
  return { sha256, image: (version.includes('torn') ? image.subarray(1) : image).toString('base64') }
}

/** `folder` is the one with the link `current`; `heard` is told of each report. */
export function vendor({ port, folder, heard }) {
  const get = async (path) => {
    const [, what, version] = path.split('/')
    if (what === 'releases') return { body: releaseOf(version) }
    const running = JSON.parse(await readFile(`${folder}/current`, 'utf8').catch(() => '{}'))
    return { status: running.healthy ? 200 : 500, body: { version: running.version ?? null } }
  }
  return keyedServer({ port, get, told: (_path, report, { again }) => again || heard(report) })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const heard = (report) => console.log(JSON.stringify(report))
  const { url } = await vendor({ port: 7721, folder: process.argv[2], heard })
  console.log(`the vendor is at ${url}`)
}
