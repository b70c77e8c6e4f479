/** The camera: a command that writes a picture into `$FILE`, or a drawing where there is none. */
import { execFile } from 'node:child_process'
import { open, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { places } from './places.js'

const run = promisify(execFile)

/** Resolves when the picture is on disk. */
export async function takePicture(path, news, signal) {
  const { command } = places.camera
  if (command === undefined) return writeFile(path, drawing(news), { flush: true })
  await run('/bin/sh', ['-c', command], { env: { ...process.env, FILE: path }, signal })
  const picture = await open(path)
  try {
    await picture.sync()
  } finally {
    await picture.close()
  }
}

const drawing = ({ device, type, at }) => `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240">
<rect width="320" height="240" fill="#223"/>
<rect x="120" y="60" width="80" height="140" fill="#a74"/>
<circle cx="188" cy="132" r="4" fill="#fd6"/>
<text x="160" y="30" fill="#fff" text-anchor="middle">${device}: ${type}</text>
<text x="160" y="225" fill="#fff" text-anchor="middle">${at}</text>
</svg>
`
