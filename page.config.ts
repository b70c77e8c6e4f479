/** How the dashboard is built: files named after what is in them, and beside each the same, compressed once for all. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { defineConfig } from 'vite'

const OUT = 'dist/page'
/** What is smaller fits a packet anyway. */
const WORTH_IT = 1_024

export default defineConfig({
  root: 'src/inspect/page',
  base: './',
  clearScreen: false,
  logLevel: 'warn',
  build: {
    outDir: join(import.meta.dirname, OUT),
    emptyOutDir: true,
    target: 'es2022',
    // Nothing inline: the policy of the page forbids it.
    assetsInlineLimit: 0,
    // What is built in stays under the names of those who wrote it.
    license: { fileName: 'licenses.md' },
    modulePreload: { polyfill: false },
  },
  plugins: [
    {
      name: 'compressed-beside',
      apply: 'build',
      closeBundle() {
        const files = readdirSync(OUT, { recursive: true, encoding: 'utf8' }).filter((name) =>
          /\.(html|js|css|svg)$/.test(name),
        )
        for (const name of files) {
          const file = join(OUT, name)
          const content = readFileSync(file)
          if (content.length < WORTH_IT) continue
          writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }))
          writeFileSync(`${file}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
        }
      },
    },
  ],
})
