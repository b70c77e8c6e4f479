/** A path as a shell takes it for one word: what is advised is typed as it stands, and `rm -r a b` is not `rm -r 'a b'`. */
export function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
