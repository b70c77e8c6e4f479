import { TerminalError } from 'holdfast/processor'

/** Goes wrong in the way that its input says. */
export default async function shaky({ input }) {
  if (input.how === 'exit') process.exit(1)
  const kept = []
  while (input.how === 'fill') kept.push({ more: [Math.random()] })
  for (; input.how === 'hang'; );
  throw new TerminalError(`what is ${input.how}?`)
}

/** Called instead after an interrupted attempt. */
export const recover = () => 'not again'
