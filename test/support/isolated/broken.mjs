/** A module that cannot be loaded, until the file that it looks for is there. */
import { existsSync } from 'node:fs'

if (!existsSync(process.env.HOLDFAST_TEST_MENDED ?? '')) throw new SyntaxError('it cannot be loaded')
export default () => 'mended'
