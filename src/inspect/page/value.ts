/** The value of a machine's snapshot in one line: `open`, `fetching.body`, `{ door: open, lamp: off }`. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return String(value)
  const parts = Object.entries(value)
  const [only] = parts
  if (parts.length === 1 && only) return withinText(only[0], only[1])
  return `{ ${parts.map(([key, inside]) => (isEmpty(inside) ? key : `${key}: ${valueText(inside)}`)).join(', ')} }`
}

function withinText(key: string, inside: unknown): string {
  return isEmpty(inside) ? key : `${key}.${valueText(inside)}`
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
