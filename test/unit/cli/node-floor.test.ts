/** On which Node a daemon starts. */
import { expect, test } from 'vitest'
import { assertNode } from '../../../src/cli/node-floor.js'

test.each(['18.20.4', '20.18.9', '19.99.0', '8.0.0'])('a daemon does not start on Node %s', (version) => {
  expect(() => assertNode(version, '>=20.19')).toThrow(
    expect.objectContaining({
      code: 'ERR_NODE_TOO_OLD',
      message: `this is Node ${version}, and holdfast needs 20.19`,
      hint: 'Install Node 20.19 or newer: `sudo apt install nodejs`, or https://nodejs.org.',
    }),
  )
})

test.each(['20.19.0', '20.20.2', '22.1.0', '100.0.0'])('it does on Node %s', (version) => {
  expect(() => assertNode(version, '>=20.19')).not.toThrow()
})

test('unless told the package says which', () => {
  expect(() => assertNode('18.20.4')).toThrow(/holdfast needs \d+/)
  expect(() => assertNode(process.versions.node)).not.toThrow()
})
