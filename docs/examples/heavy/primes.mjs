/** How many primes there are below a number. */
export default function primes(task) {
  const { below } = task.input
  const composite = new Uint8Array(below)
  let count = 0
  for (let n = 2; n < below; n++) {
    if (composite[n]) continue
    count++
    for (let multiple = n * n; multiple < below; multiple += n) composite[multiple] = 1
    if (count % 5000 === 0) task.progress({ n })
  }
  task.log.info(`counted up to ${below}`)
  return count
}
