/** The environment as a processor finds it. */
export default () => Object.keys(process.env).map((name) => `${name}=${process.env[name]}`)
