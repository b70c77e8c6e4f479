/** Lights are laid over a picture: they name states, and move nothing. */
import { expect, test } from 'vitest'
import { createMachine } from 'xstate'
import { activeStates } from '../../../src/pictures/lights.js'
import { type Mark, marksOf } from '../../../src/pictures/marks.js'
import { svgOf } from '../../../src/pictures/svg.js'
import { definitionOf } from '../../../src/runtime/machine-view.js'

const lamp = definitionOf(
  createMachine({
    id: 'lamp',
    type: 'parallel',
    states: {
      light: {
        initial: 'off',
        states: { off: { on: { press: 'on' } }, on: { initial: 'dim', states: { dim: {}, full: {} } } },
      },
      fan: { initial: 'still', states: { still: {}, turning: {} } },
    },
  }),
)
const all = (mark: Mark): Mark[] => [mark, ...(typeof mark.content === 'string' ? [] : mark.content.flatMap(all))]
const classes = (mark: Mark) => all(mark).map(({ attributes }) => String(attributes.class ?? ''))

test('a value names its states and those around them; what the machine does not have is passed over', () => {
  const ids = (value: unknown) => [...activeStates(lamp, value)].sort()
  expect(ids({ light: { on: 'dim' }, fan: 'still' })).toEqual([
    'lamp', 'lamp.fan', 'lamp.fan.still', 'lamp.light', 'lamp.light.on', 'lamp.light.on.dim',
  ]) // biome-ignore format: a list
  expect(ids({ light: 'burning', constructor: 'x', __proto__: 'y' })).toEqual(['lamp', 'lamp.light'])
  expect(ids(undefined)).toEqual(['lamp'])
})

test('who is active stands out, those around it less, and so do the arrows that lead on', () => {
  const marks = classes(marksOf(lamp, { active: activeStates(lamp, { light: 'off', fan: 'still' }) }))
  expect(marks.filter((each) => each.endsWith(' active'))).toHaveLength(2)
  expect(marks.filter((each) => each === 'arrow next')).toHaveLength(1)
  const inside = classes(marksOf(lamp, { active: activeStates(lamp, { light: { on: 'dim' }, fan: 'still' }) }))
  expect(inside.filter((each) => each.endsWith(' within'))).toHaveLength(1)
  expect(inside).not.toContain('arrow next')
})

test('counts and heat are drawn on their states, and none where there is nobody', () => {
  const counts = new Map([
    ['lamp.light.off', 12],
    ['lamp.fan.still', 0],
  ])
  const heat = new Map([['lamp.light.off', 3]])
  const drawn = all(marksOf(lamp, { counts, heat }))
  expect(drawn.filter(({ attributes }) => attributes.class === 'number').map(({ content }) => content)).toEqual(['12'])
  const [warm] = drawn.filter(({ attributes }) => attributes.class === 'heat')
  expect(warm?.attributes['fill-opacity']).toBeLessThanOrEqual(0.5)
})

test('a picture without lights is the picture; with them it has the same size and places', () => {
  expect(svgOf(lamp)).toBe(svgOf(lamp, {}))
  const box = (text: string) => /viewBox="[^"]+"/.exec(text)?.[0]
  const lit = svgOf(lamp, { active: activeStates(lamp, { light: 'off' }) })
  expect(box(lit)).toBe(box(svgOf(lamp)))
  expect(lit.replaceAll(/ (active|within|next)/g, '')).toBe(svgOf(lamp).replaceAll(/ (active|within|next)/g, ''))
})
