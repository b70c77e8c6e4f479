/** A check of the built doctor for another user: all is loaded before this process becomes his. */
import { CHECKS } from '../../dist/src/cli/doctor/checks.js'
import { placeOf } from '../../dist/src/cli/doctor/place.js'

const [name, asked, uid] = process.argv.slice(2)
process.setgroups([])
process.setgid(Number(uid))
process.setuid(Number(uid))

const place = await placeOf({ daemon: () => Promise.reject(new Error('not here')), ...JSON.parse(asked) }, 10_000)
const { run } = CHECKS.find((each) => each.name === name)
console.log(JSON.stringify(await run(place)))
