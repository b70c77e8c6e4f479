import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const source = new URL('./syncs.c', import.meta.url).pathname

/** Compiles the library that counts fsyncs; gives its path, or undefined where there is no gcc. */
export function buildSyncs(directory) {
  const library = join(directory, 'syncs.so')
  try {
    execFileSync('gcc', ['-O2', '-Wall', '-shared', '-fPIC', '-o', library, source, '-ldl'], { stdio: 'pipe' })
    return library
  } catch (error) {
    console.error(`fsyncs are not counted and the SD card is left out: ${error.message.split('\n')[0]}`)
    return undefined
  }
}

/** A fresh count; gives the environment that makes a process take part in it. */
export function newCount(library, directory, delayMs = 0) {
  if (!library) return {}
  const file = join(directory, 'syncs')
  writeFileSync(file, Buffer.alloc(8))
  chmodSync(file, 0o666)
  return {
    LD_PRELOAD: library,
    SYNCS_FILE: file,
    SYNCS_DELAY_US: String(delayMs * 1000),
    // An fsync through io_uring would pass the library by.
    UV_USE_IO_URING: '0',
  }
}

/** How often the processes that share this count have waited for the disk. */
export function syncs(file = process.env.SYNCS_FILE) {
  return file ? Number(readFileSync(file).readBigUInt64LE(0)) : Number.NaN
}
