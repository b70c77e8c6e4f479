import { resolve } from 'node:path'

const place = resolve(process.env.HOLDFAST_EXAMPLE_DIR ?? 'photo-pipeline-data')

export default { path: `${place}/store`, tasks: [] }
