const sorted = (values) => [...values].sort((a, b) => a - b)

export const percentile = (values, part) =>
  sorted(values)[Math.min(values.length - 1, Math.floor(values.length * part))]

function median(values) {
  const order = sorted(values)
  const middle = order.length >> 1
  return order.length % 2 ? order[middle] : (order[middle - 1] + order[middle]) / 2
}

/** The rounds of one measurement as one: the median of each figure, and the range of the rate. */
export function summary(rounds) {
  const figures = rounds.filter((round) => !round.failed)
  if (figures.length === 0) return rounds[0]
  const names = new Set(figures.flatMap((round) => Object.keys(round)))
  const medians = [...names].map((name) => {
    const values = figures.map((round) => round[name]).filter((value) => Number.isFinite(value))
    return [name, values.length ? median(values) : Number.NaN]
  })
  return { ...Object.fromEntries(medians), rounds: figures.length }
}
