import { defineTask } from 'holdfast'

/** A function: `npx holdfast enqueue greet '{"name":"board"}' --wait` */
export default defineTask({
  kind: 'greet',
  retry: { attempts: 5, delay: '2s' },
  timeout: '10s',
  run: async ({ input, log }) => {
    const name = input?.name ?? 'nobody'
    log.info(`greeting ${name}`)
    return `hello, ${name}`
  },
})
