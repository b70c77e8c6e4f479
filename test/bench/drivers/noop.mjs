/** What an isolated task of the benchmarks does. */
export default () => null
