/** All of a long matrix with TORTURE=1; every second of it otherwise, the first among them. */
export function sampled<Each>(all: readonly Each[]): Each[] {
  return all.filter((_, i) => process.env.TORTURE || i % 2 === 0)
}
