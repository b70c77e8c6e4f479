/** `fs.read`, `fs.write`, `fs.append`, `fs.move` and `fs.remove`: files inside of the roots. */
import { HoldfastError } from '../model/errors.js'
import { actor, type StandardActor } from './actor.js'
import { ActorFailure } from './failure.js'
import { addTo, moveTo, readWhole, removeAt, writeWhole } from './files.js'
import type { JsonSchema } from './input.js'
import { fitting, RESULT_BYTES } from './output.js'
import type { Roots } from './roots.js'
import type { AppendInput, MoveInput, ReadInput, RemoveInput, WriteInput } from './shapes.js'

const LOOK_BACK = 65_536

const path = {
  type: 'string',
  minLength: 1,
  maxLength: 4096,
  description: 'inside of the roots; a relative one begins at the first root',
}
const as = {
  enum: ['text', 'json', 'base64'],
  description: 'what `content` is: UTF-8 text (the default), JSON or bytes',
}
const content = { description: 'a text, or with `as: json` any JSON' }

function schema(name: string, description: string, required: readonly string[], properties: object): JsonSchema {
  return { title: name, description, type: 'object', required, additionalProperties: false, properties }
}

export function fsActors(roots: Roots) {
  return {
    'fs.read': actor<ReadInput>(
      schema('fs.read', 'Reads a file. Ends with { path, size, content }.', ['path'], {
        path,
        as,
        maxBytes: { type: 'integer', minimum: 0, maximum: RESULT_BYTES, description: 'default 262144' },
      }),
      ({ input }) =>
        roots.use(input.path, true, async (place) => {
          const bytes = await readWhole(place, input.maxBytes ?? RESULT_BYTES)
          return fitting({ path: place.path, size: bytes.length, content: contentOf(bytes, input.as, place.path) })
        }),
    ),
    'fs.write': actor<WriteInput>(
      schema(
        'fs.write',
        'Writes a file whole: who looks sees the old one or the new one. Ends with { path, size }, when it is on disk.',
        ['path', 'content'],
        { path, content, as },
      ),
      ({ input, key, signal }) =>
        roots.use(input.path, false, async (place) => {
          const bytes = bytesOf(input)
          await writeWhole(place, key, (to) => to.writeFile(bytes, { signal }))
          return { path: place.path, size: bytes.length }
        }),
    ),
    'fs.append': actor<AppendInput>(
      schema(
        'fs.append',
        'Adds to the end of a file, and makes it when it is not there. Ends with { path, appended }, when it is on disk.',
        ['path', 'content'],
        {
          path,
          content,
          as,
          once: {
            type: 'boolean',
            description: 'not when the same content is among the last 64 KiB: for lines that carry an id of their own',
          },
        },
      ),
      ({ input }) =>
        roots.use(input.path, true, async (place) => {
          const appended = await addTo(place, bytesOf(input), input.once ?? false, LOOK_BACK)
          return { path: place.path, appended }
        }),
    ),
    'fs.move': actor<MoveInput>(
      schema(
        'fs.move',
        'Moves a file, to another disk too, over the one that is there. Ends with { path, moved }; when `from` is gone and `to` is there, it was moved before.',
        ['from', 'to'],
        { from: path, to: path },
      ),
      ({ input, key, signal }) =>
        roots.use(input.from, false, (from) =>
          roots.use(input.to, false, async (to) => {
            const moved = await moveTo(from, to, key, signal)
            return { path: to.path, moved }
          }),
        ),
    ),
    'fs.remove': actor<RemoveInput>(
      schema('fs.remove', 'Removes a file. Ends with { path, removed }; one that is not there is no error.', ['path'], {
        path,
      }),
      ({ input }) =>
        roots.use(input.path, false, async (place) => ({ path: place.path, removed: await removeAt(place) })),
    ),
  } satisfies Record<string, StandardActor>
}

/** @throws ERR_INVALID_INPUT */
function bytesOf({ content, as = 'text' }: WriteInput): Buffer {
  if (as === 'json') return Buffer.from(`${JSON.stringify(content)}\n`)
  if (typeof content === 'string') return Buffer.from(content, as === 'text' ? 'utf8' : 'base64')
  throw new HoldfastError('ERR_INVALID_INPUT', `content must be a text when it is not \`as: json\``)
}

/** @throws ERR_FS_CONTENT */
function contentOf(bytes: Buffer, as: ReadInput['as'] = 'text', where: string): unknown {
  if (as === 'base64') return bytes.toString('base64')
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return as === 'json' ? JSON.parse(text) : text
  } catch (cause) {
    throw new ActorFailure('ERR_FS_CONTENT', `${where} is no ${as === 'json' ? 'JSON' : 'UTF-8 text'}`, { cause })
  }
}
