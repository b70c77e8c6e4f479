/** No default export, and no recover. */
export const run = ({ attempt }) => `ran ${attempt}`
