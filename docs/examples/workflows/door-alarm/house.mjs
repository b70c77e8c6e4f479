/** The phones and the siren of a house: `node house.mjs`. */
import { fileURLToPath } from 'node:url'
import { keyedServer } from '../keyed-server.mjs'

/** `heard` is called for all that a phone or the siren is told. */
export function house({ port, heard }) {
  return keyedServer({ port, told: (path, body, { again }) => again || heard(path, body) })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await house({ port: 7720, heard: (path, body) => console.log(path, JSON.stringify(body)) })
  console.log(`the house is at ${url}`)
}
