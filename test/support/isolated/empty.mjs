/** No processor. */
export const answer = 42
