/**
 * Counts jobs of a peer that tells of an end before that is in its database. Cheap while they run; when all seem to be
 * over, the database is asked how many are: `inDatabase(added)`.
 */
export function settled(inDatabase) {
  let added = 0
  let over = 0
  return {
    add(count) {
      added += count
    },
    end() {
      over += 1
    },
    ended: async () => (over < added ? over : inDatabase(added)),
  }
}
