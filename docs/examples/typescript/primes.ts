import type { RunningTask } from 'holdfast/processor'

/** How many primes there are below a number. */
export default function primes({ input, signal }: RunningTask<{ below: number }>): number {
  let count = 0
  for (let n = 2; n < input.below && !signal.aborted; n++) if (isPrime(n)) count++
  return count
}

function isPrime(n: number): boolean {
  for (let by = 2; by * by <= n; by++) if (n % by === 0) return false
  return true
}
