// The points of the cases that are measured at several of them: a row of its table each.

const named = (count) => count.toLocaleString('en-US')

/** How long a commit may wait for company. */
export const windows = (all) => Object.fromEntries(all.map((ms) => [`${ms} ms`, { runtime: { commitWindow: ms } }]))

/** What a store holds already, of each sort. */
export const sizes = (counts) =>
  Object.fromEntries(
    ['dormant', 'ended'].flatMap((sort) => counts.map((stored) => [`${named(stored)} ${sort}`, { sort, stored }])),
  )

/** What a daemon at rest has to keep in mind. */
export const resting = ({ queued, dormant }) => ({
  nothing: { sort: 'queued', stored: 0 },
  [`${named(queued)} queued`]: { sort: 'queued', stored: queued },
  [`${named(dormant)} dormant`]: { sort: 'dormant', stored: dormant },
})

/** All that ran at the kill, alone and with others asleep. */
export const beside = (dormant) => ({ alone: {}, [`beside ${named(dormant)} dormant`]: { dormant } })
