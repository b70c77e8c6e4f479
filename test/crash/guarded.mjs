/** A process that is killed when it has just started a child, before it knows who that is: `guarded.mjs PIPE`. */
import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { Guard } from '../../dist/src/runtime/isolation-guard.js'
import { die } from './witness.mjs'

const pipe = openSync(process.argv[2], 'w')
new Guard(() => undefined).start((env) => {
  spawn('/bin/sh', ['-c', 'sleep 60; :'], {
    env: { ...process.env, ...env },
    detached: true,
    stdio: [pipe, pipe, pipe],
  })
  die()
})
